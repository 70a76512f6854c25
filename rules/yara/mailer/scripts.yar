// Scripts that send unsolicited mail in bulk.

rule mailer_bulk_script
{
    meta:
        id = "mailer.bulk-script"
        clause = "3.1.3.4"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Web form that mails any text from any sender to a pasted list of addresses"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "script"
    strings:
        $list = /explode[ \t]{0,4}\([ \t]{0,4}["']\\?[rn\\]{1,4}["'][ \t]{0,4},[ \t]{0,4}[\$\w\["']{1,20}(mail|list|to|recipient)/ nocase
        $mail = /[^\w>]@?mail[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}/
        $from = /From:[ \t]{0,4}["']?[ \t]{0,4}\.?[ \t]{0,2}\{?\$?\w{0,20}/ nocase
        $area = /<textarea[^>]{0,200}name[ \t]{0,2}=[ \t]{0,2}["']?[\w\[\]]{0,20}(mail|list|to\b|recipient)/ nocase
    condition:
        all of them
}

// Bulk senders outside web pages and harvested addresses.

rule mailer_address_list
{
    meta:
        id = "mailer.address-list"
        clause = "3.1.3.4"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A list of very many mail addresses, one a line"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1589/002/"
        lane = "text"
    strings:
        $line = /@(gmail|hotmail|yahoo|aol|outlook|live|icloud|msn|qq|163|126|sina|foxmail|mail|gmx|web|yandex|comcast|orange|free)\.(com|cn|ru|de|net|fr)[ \t]{0,2}[\r\n]/
    condition:
        #line > 300
}

rule mailer_smtp_bulk_programme
{
    meta:
        id = "mailer.smtp-bulk-programme"
        clause = "3.1.3.4"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A programme sends one message to a file of addresses through many mail accounts"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "any"
    strings:
        $smtp = /smtplib\.SMTP|nodemailer\.createTransport|Net::SMTP|net\/smtp|new[ ]PHPMailer|SmtpClient/
        $list = /open[ \t]{0,2}\([ \t]{0,2}["'][\w.\/-]{0,30}(mails?|emails?|maillist|leads?|recipients?|to|list|contacts)\.(txt|csv)["']|readFileSync[ \t]{0,2}\([ \t]{0,2}["'][\w.\/-]{0,30}(mails?|emails?|leads?|list)\.(txt|csv)|file[ \t]{0,2}\([ \t]{0,2}["'][\w.\/-]{0,30}(mails?|emails?|leads?|list)\.txt/ nocase
        $accounts = /(smtps?|smtp_?list|accounts|senders|froms?)\.(txt|csv|json)|random\.choice[ \t]{0,2}\([ \t]{0,2}(smtps?|senders|subjects|froms?|accounts)/ nocase
        $threads = /thread|worker|ThreadPool|async/ nocase
        $spam = /\bleads?\b|inbox(er|ing)?\b|\bspam\b|bulk|sender pro|mass mail|spoof/ nocase
    condition:
        $smtp and $list and ($accounts or $spam) and $threads
}

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
        reference = "https://attack.mitre.org/techniques/T1566/"
        lane = "script"
    strings:
        $list = /explode[ \t]{0,4}\([ \t]{0,4}["']\\?[rn\\]{1,4}["'][ \t]{0,4},[ \t]{0,4}[\$\w\["']{1,20}(mail|list|to|recipient|ellos|alvo)/ nocase
        $mail = /[^\w>]@?mail[ \t]{0,4}\([ \t]{0,4}(\$\w{1,20}|\$\w{1,20}\[\$\w{1,6}\])/ nocase
        $from = /From:[ \t]{0,4}["']?[ \t]{0,4}\.?[ \t]{0,2}\{?\$?\w{0,20}/ nocase
        $area = /<textarea[^>]{0,200}name[ \t]{0,2}=[ \t]{0,2}["']?[\w\[\]]{0,20}(mail|list|to\b|recipient|message|html|ellos)/ nocase
        $loop = /(while[ \t]{0,2}\([ \t]{0,2}\$\w{1,20}\[\$\w{1,8}\]|foreach[ \t]{0,2}\([ \t]{0,2}\$\w{0,12}(mail|list|to)\w{0,6}[ \t]{1,4}as|for[ \t]{0,2}\([^;]{1,20};[^;]{0,20}(count|sizeof)?[^;]{1,20};)/ nocase
        $cloned = /ereg_replace[ \t]{0,2}\([ \t]{0,2}["']%5C%22["']/ nocase
        $sent = /(spammed|spam[ -]?sen[dt]|\benviado\b|sending mail to|mail(s)? sent|\.\.\. ?ok|fim do envio)/ nocase
    condition:
        $mail and $from and (($list and $area) or ($cloned and ($area or $loop)) or ($list and $loop and $sent))
}

rule mailer_open_remailer
{
    meta:
        id = "mailer.open-remailer"
        clause = "3.1.3.4"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script mails whatever the request says to whomever the request says"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/"
        lane = "script"
    strings:
        $direct = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}(@?(base64_decode|stripslashes|trim|urldecode)[ \t]{0,2}\([ \t]{0,2}){0,2}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[^;]{1,40}\][ \t)]{0,4},[ \t]{0,4}[^;,]{0,40}\$_(POST|REQUEST|GET)[ \t]{0,2}\[/ nocase
        $decoded = /\$\w{0,20}(to|subj\w{0,4}|body|mess?\w{0,6}|head\w{0,4}|from)\w{0,4}[ \t]{0,4}=[ \t]{0,4}(stripslashes[ \t]{0,2}\([ \t]{0,2})?base64_decode[ \t]{0,4}\([ \t]{0,4}\$_(POST|REQUEST|GET)/ nocase
        $mail = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4},[ \t]{0,4}\$\w{1,24}[ \t]{0,4},[ \t]{0,4}\$\w{1,24}/ nocase
        $check = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[^;]{1,30}\][ \t]{0,4},[ \t]{0,4}["'][^"'\r\n]{0,30}(result|report|test|working)[^;]{0,40}(WORKING|test)/ nocase
    condition:
        $direct or (#decoded > 1 and $mail) or $check
}

rule mailer_host_probe
{
    meta:
        id = "mailer.host-probe"
        clause = "3.1.3.4"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script mails the address and the powers of a hacked host to its owner"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1566/"
        lane = "script"
    strings:
        $info = /phpinfo[ \t]{0,2}\([ \t]{0,2}\)/ nocase
        $uname = /php_uname|get_current_user[ \t]{0,2}\(/ nocase
        $safe = /safe_?mode/ nocase
        $mail = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}(\$\w{1,20}|["'])/ nocase
        $where = /HTTP_HOST|SERVER_NAME|SCRIPT_FILENAME|REQUEST_URI/
        $coded = /testou|vull|priv8|scan inb0x|\binb0x\b/ nocase
    condition:
        $mail and $where and $uname and $info and ($safe or $coded)
}

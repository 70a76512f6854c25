// Scripts that change many pages of a host, undo what its keeper did, or show and send what is not theirs.

rule hacked_mass_overwriting
{
    meta:
        id = "hacked.mass-overwriting"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A form puts one page into every folder of the host"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $word = /deface|hacked[ _]by|index[ _]?(changer|atma|atar)/ nocase
        $loop = /\b(opendir|scandir|readdir|glob|RecursiveDirectoryIterator)[ \t]{0,2}\(/ nocase
        $write = /\b(fopen|file_put_contents|copy|fw?rite|fputs)[ \t]{0,4}\([ \t]{0,4}["\']?\$/ nocase
        $order = /\$_(POST|GET|REQUEST)[ \t]{0,2}\[/ nocase
        $index = /["\'\/]index\.(html?|php)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and #word > 1 and $loop and $write and $order and $index and filesize < 30000
}

rule hacked_mass_overwriting_perl
{
    meta:
        id = "hacked.mass-overwriting-perl"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A Perl script puts one page into every folder of the host"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $perl = /#![^\r\n]{0,40}perl/
        $word = /defac|hacked[ _]by/ nocase
        $walk = /\bopendir\b|File::Find|\bglob\b|readdir|File::Copy/
        $index = /index\.(html?|php|asp)/ nocase
        $write = /\b(copy|cp|open)[ \t]{0,4}\(?|>[ \t]{0,2}\$/
    condition:
        all of them and #word > 2 and filesize < 60000
}

rule hacked_suspension_undone
{
    meta:
        id = "hacked.suspension-undone"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script gives back their names to files that the host had put aside"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $mark = /\.(php|html?|js)\.(suspected|infected|quarantine|virus|hacked)["\']/ nocase
        $rename = /\b(rename|copy)[ \t]{0,4}\([ \t]{0,4}[^;\r\n]{0,60}\.(suspected|infected|quarantine|virus|hacked)\b/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $mark and $rename and filesize < 20000
}

rule hacked_told_relay
{
    meta:
        id = "hacked.told-relay"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page shows whatever another server sends for it, and tells that server who asks"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1584/"
        lane = "script"
    strings:
        $tell = /[?&](host|domain|site|url|h)=["\'&+. ]{1,6}\$?\w{0,24}(host|server|domain|purl|self)/ nocase
        $self = /HTTP_HOST|SERVER_NAME|getServerName/ nocase
        $fixed = /=[ \t]{0,4}["\']https?:\/\/[\w.:-]{4,40}\/?[^"\'\r\n]{0,20}["\']/ nocase
        $fetch = /XMLHTTP|file_get_contents[ \t]{0,2}\(|curl_exec|WebClient|HttpWebRequest|openConnection|openStream/ nocase
        $show = /response\.write|\becho\b|\bprint\b|out\.print/ nocase
        $patient = /ScriptTimeout|set_time_limit|User-?Agent/ nocase
    condition:
        all of them and filesize < 5000
}

rule hacked_card_mailer
{
    meta:
        id = "hacked.card-mailer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code of a shop mails the numbers of its customers' cards"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1056/"
        lane = "script"
    strings:
        $number = /getCcNumber[ \t]{0,2}\(|\bcc_?number\b|\bcard_?num(ber)?\b/ nocase
        $code = /getCcCid[ \t]{0,2}\(|\bcc_?cid\b|\bcvv2?\b|\bcvc\b|\bcc_?cvv\b/ nocase
        $mail = /[^\w>:$]mail[ \t]{0,4}\([ \t]{0,4}(\$|["']|base64_decode)[^;\r\n]{1,200}\)[ \t]{0,2};/ nocase
        $shop = /Mage::|extends[ \t]{1,4}\w{0,40}(Payment|Abstract|Gateway)|tep_db|zen_|\$order->/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $number and $code and $mail and $shop
}

// What receives the credentials of a phishing page.

rule phishing_backend_store
{
    meta:
        id = "phishing.backend-store"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "PHP writes a posted password in plain text into a file"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $put = /file_put_contents[ \t]{0,4}\([^;]{0,200}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|pin|cvv|card|otp)[\w-]{0,12}["'][^;]{0,120}FILE_APPEND/ nocase
        $write = /\bf(write|puts)[ \t]{0,4}\([^;]{0,200}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|pin|cvv|card|otp)[\w-]{0,12}["']/ nocase
    condition:
        any of them
}

rule phishing_backend_mail
{
    meta:
        id = "phishing.backend-mail"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "PHP mails a posted password with the visitor's address and browser"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $password = /\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|pin|cvv|card|otp|ssn)[\w-]{0,12}["']/ nocase
        $ip = /REMOTE_ADDR|HTTP_CLIENT_IP|HTTP_X_FORWARDED_FOR|getenv\(/
        $mail = /[^\w]mail[ \t]{0,4}\([ \t]{0,4}["$]/
        $label = /(-{3,}|={3,}|\+{3,}|\*{3,}|#{3,}|~{3,})[^"'\r\n]{0,60}(login|result|rezult|account|info|log)[^"'\r\n]{0,40}(-{3,}|={3,}|\+{3,}|\*{3,}|#{3,}|~{3,})|(user[ -]?agent|browser|ip( address)?)[ \t]{0,8}[:=-]/ nocase
    condition:
        $password and $ip and $mail and $label
}

rule phishing_backend_telegram
{
    meta:
        id = "phishing.backend-telegram"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Posted credentials are sent to a Telegram or Discord channel"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1567/004/"
        lane = "any"
    strings:
        $telegram = /api\.telegram\.org\/bot|discord(app)?\.com\/api\/webhooks\// nocase
        $password = /(\$_(POST|REQUEST|GET)[ \t]{0,2}\[|request\.form|req\.body|getElementById\(|\.val\(\))[^;\r\n]{0,40}(pass|pwd|passwd|password|cvv|otp|seed|mnemonic)/ nocase
        $named = /(pass(word)?|pwd|otp|cvv)["'` ]{0,3}[ \t]{0,2}[:=][^\r\n;]{0,20}(\$|\+|\.)/ nocase
        $ip = /REMOTE_ADDR|HTTP_CLIENT_IP|ipinfo\.io|ip-api\.com|api\.ipify\.org|geoplugin/ nocase
    condition:
        $telegram and $password and ($named or $ip)
}

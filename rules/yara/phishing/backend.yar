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
        $put = /file_put_contents[ \t]{0,4}\([^;]{0,200}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|senha|clave|contrase|kennwort|parola|mdp|sifre|pin|cvv|card|otp)[\w-]{0,12}["'][^;]{0,120}(FILE_APPEND|\)[ \t]{0,2};)/ nocase
        $write = /\bf(write|puts)[ \t]{0,4}\([^;]{0,200}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|senha|clave|contrase|kennwort|parola|mdp|sifre|pin|cvv|card|otp)[\w-]{0,12}["']/ nocase
    condition:
        any of them
}

rule phishing_backend_log
{
    meta:
        id = "phishing.backend-log"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP appends a posted password to a text file, over a variable"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $read = /\$\w{1,20}[ \t]{0,4}=[ \t]{0,4}[^;\r\n]{0,40}\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|senha|clave|contrase|kennwort|parola|mdp|sifre|pin|cvv|otp)[\w-]{0,12}["']/ nocase
        $open = /fopen[ \t]{0,4}\([ \t]{0,4}(["'][^"'\r\n]{1,60}\.(txt|html?|log|dat|csv|json|php)["']|\$\w{1,20})[ \t]{0,4},[ \t]{0,4}["'](a|ab|a\+|at|w|w\+)["']/ nocase
        $append = /FILE_APPEND/
        $write = /\bf(write|puts)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},|file_put_contents[ \t]{0,4}\(/ nocase
        $go = /header[ \t]{0,4}\([ \t]{0,4}["']Location:[ \t]{0,4}|http-equiv=\\?["']?refresh|window\.location|location\.replace/ nocase
        $safe = /password_hash|password_verify|md5[ \t]{0,2}\([ \t]{0,2}\$|sha1[ \t]{0,2}\(|prepare[ \t]{0,2}\(|mysql_query|mysqli_query|->query/ nocase
    condition:
        $read and $write and ($open or $append) and $go and not $safe
}

rule phishing_backend_raw_log
{
    meta:
        id = "phishing.backend-raw-log"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP appends whatever the request sends to a text file and nothing else"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $open = /fopen[ \t]{0,4}\([ \t]{0,4}["'][^"'\r\n]{1,60}\.(txt|html?|log|dat)["'][ \t]{0,4},[ \t]{0,4}["']a[b+t]{0,2}["']/ nocase
        $raw = /\bf(write|puts)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[/ nocase
        $each = /foreach[ \t]{0,4}\([ \t]{0,4}\$_(POST|GET|REQUEST)[ \t]{1,4}as[ \t]{1,4}\$\w{1,16}[ \t]{0,4}=>[ \t]{0,4}\$\w{1,16}[ \t]{0,4}\)[ \t\r\n{]{1,12}f(write|puts)[ \t]{0,4}\(/ nocase
        $cookie = /(fw?rite|fputs|file_put_contents|mail)[ \t]{0,4}\([^;\r\n]{0,80}\$_GET[ \t]{0,2}\[[ \t]{0,2}["']?(c|cookie|cookies|cook)["']?[ \t]{0,2}\]/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (($open and $raw) or $each or $cookie)
}

rule phishing_backend_visitor_log
{
    meta:
        id = "phishing.backend-visitor-log"
        clause = "3.1.3.7"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "PHP writes the address and browser of each visitor of a lure into a text file"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $client = "HTTP_CLIENT_IP"
        $forwarded = "HTTP_X_FORWARDED_FOR"
        $agent = "HTTP_USER_AGENT"
        $open = /fopen[ \t]{0,4}\([ \t]{0,4}(["'](ip|ips|visitors?|victims?|log|saved\.ip)\w{0,8}\.(txt|log|html?)["']|\$file)[ \t]{0,4},[ \t]{0,4}["'](a|w)\+?["']/ nocase
        $append = /file_put_contents[ \t]{0,4}\([ \t]{0,4}["'](ip|ips|visitors?|victims?|saved\.ip)\w{0,8}\.(txt|log|html?)["']/ nocase
        $victim = /victim|User-Agent:|Current logged in user/ nocase
        $include = /<\?php[ \t\r\n]{1,8}include[ \t(]{1,4}["']ip\.php["']/ nocase
        $lure = /login2?\.(html?|php)["']|mobile\.html|header[ \t]{0,4}\([ \t]{0,4}["']Location:/ nocase
        $device = /\$_POST[ \t]{0,2}\[[ \t]{0,2}["'](Ptf|Brw|Ven|Ren|Ram|Cc|Lat|Lon|platform|vendor|render)["']/ nocase
    condition:
        ($agent and $client and $forwarded and ($open or $append) and $victim) or ($include and $lure) or (#device > 3 and ($open or $append))
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
        description = "PHP mails a posted password with the address and browser of the visitor"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $password = /\$_(POST|REQUEST|GET)[ \t]{0,2}\[[ \t]{0,2}["'][\w-]{0,20}(pass|pwd|passwd|password|senha|clave|contrase|kennwort|parola|mdp|sifre|pin|cvv|card|otp|ssn)[\w-]{0,12}["']/ nocase
        $ip = /REMOTE_ADDR|HTTP_CLIENT_IP|HTTP_X_FORWARDED_FOR/
        $mail = /[^\w>:]mail[ \t]{0,4}\([ \t]{0,4}["'$]/
        $label = /HTTP_USER_AGENT|user[ -]agent|(client )?ip address|-----|=====|\+\+\+\+\+|\*\*\*\*\*|~~~~~|#####/ nocase
        $body = /["'][^"'\r\n]{0,40}(pass(word|code|wd)?|senha|clave|pwd|pin|cvv|ssn)[^"'\r\n]{0,12}[:=-][^"'\r\n]{0,12}["']?[ \t]{0,4}\.?[ \t]{0,4}\{?\$/ nocase
    condition:
        all of them
}

rule phishing_backend_telegram
{
    meta:
        id = "phishing.backend-telegram"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Posted credentials are sent to a Telegram or Discord channel"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1567/004/"
        lane = "any"
    strings:
        $telegram = /api\.telegram\.org\/bot|discord(app)?\.com\/api\/webhooks\// nocase
        $password = /(\$_(POST|REQUEST|GET)[ \t]{0,2}\[|request\.form|req\.body|getElementById\(|\.val\(\))[^;\r\n]{0,40}(pass|pwd|passwd|password|cvv|otp|seed|mnemonic)/ nocase
        $named = /(password|passwd|pass|pwd|otp|cvv)["'` ]{0,3}[ \t]{0,2}[:=][^\r\n;]{0,20}[$+.]/ nocase
        $ip = /REMOTE_ADDR|HTTP_CLIENT_IP|ipinfo\.io|ip-api\.com|api\.ipify\.org|geoplugin/ nocase
    condition:
        $telegram and $password and ($named or $ip)
}

rule phishing_backend_kit
{
    meta:
        id = "phishing.backend-kit"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A kit keeps scanners and researchers out before it shows its page"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $block = /\$\w{0,12}(bot|block|spider|bad|deny|ban)\w{0,12}[ \t]{0,4}=[ \t]{0,4}(array[ \t]{0,2}\(|\[)/ nocase
        $names = /phishtank|netcraft|avira|kaspersky|[^a-z]eset|mcafee|safebrowsing|google-?safe|trendmicro|fortinet|bitdefender|virustotal|urlscan|crawler|calyxinstitute|tor-exit|amazonaws|drweb|cyveillance|above/ nocase
        $lookup = /gethostbyaddr[ \t]{0,2}\(|HTTP_USER_AGENT/
        $fake = /header[ \t]{0,2}\([ \t]{0,2}["'](HTTP\/1\.[01] 40[34]|Location: https?:\/\/(www\.)?(google|bing|yahoo|apple|paypal))/ nocase
        $stop = /(die|exit)[ \t]{0,2}\(/
        $random = /md5[ \t]{0,2}\([ \t]{0,2}(rand|uniqid|microtime)|rand[ \t]{0,2}\([ \t]{0,2}0[ \t]{0,2},[ \t]{0,2}100000[ \t]{0,2}\)/ nocase
        $copy = /recurse_copy|copy_?dir|mkdir[ \t]{0,2}\([ \t]{0,2}\$/ nocase
        $clone = /recurse_copy|copy_?dir/ nocase
        $own_copy = /header[ \t]{0,2}\([ \t]{0,2}["']location:[ \t]{0,2}\$\w{1,12}["'\/?]|header[ \t]{0,2}\([ \t]{0,2}["']location:[ \t]{0,2}["'][ \t]{0,2}\.[ \t]{0,2}\$\w{1,12}/ nocase
    condition:
        ($lookup and ($fake or $stop) and for any i in (1..#block) : (
            for any n in (6..#names) : (@names[n - 5] > @block[i] and @names[n] < @block[i] + 6000)
        ))
        or ($random and (($clone and $own_copy) or ($copy and $lookup and $fake)))
}

rule phishing_backend_report
{
    meta:
        id = "phishing.backend-report"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "PHP reports what a visitor typed, with password or card, address and browser, line by line between rulers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $asked = /\$_(POST|SESSION|REQUEST)[ \t]{0,2}\[|\$HTTP_POST_VARS/
        $secret = /(password|passcode|passwd|\bpass\b|\bpassw\b|\bcvv2?\b|\bcvc2?\b|\bvcv\b|\bssn\b|\bmmn\b|social|maiden|card num|card no|\bcard\b|ccnum|\bpin\b|\botp\b|\bdob\b|sort ?code|account num|account no|answer|codigo|\bclave\b|\bsenha\b)[^"'\r\n:=$]{0,24}[:=|-][ \t>=|]{0,8}(["'][ \t]{0,4}\.[ \t]{0,4}\$|\{?\$)/ nocase
        $visitor = /REMOTE_ADDR|HTTP_CLIENT_IP|\$_SESSION[ \t]{0,2}\[["']_?ip_?["']|\$ip\b/
        $where = /gethostbyaddr|geoiptool|ip-?api\.com|geoplugin|HTTP_USER_AGENT|ipinfo\.io|whatismyip|\$useragent/ nocase
        $ruler = /-----|=====|\+\+\+\+\+|~~~~~|\*\*\*\*\*|#####|_____|\xe2\x95\x90\xe2\x95\x90|\xe2\x94\x81\xe2\x94\x81|\xe2\x95\x94/
        $send = /[^\w>:]@?mail[ \t]{0,4}\(|fopen[ \t]{0,4}\(|file_put_contents[ \t]{0,4}\(|api\.telegram\.org|curl_exec[ \t]{0,4}\(|sendMessage/ nocase
        $kept = /password_hash|password_verify|prepare[ \t]{0,2}\(|mysqli?_query|->query|wp_mail|add_action/ nocase
    condition:
        filesize < 64KB and $asked and #secret > 0 and $visitor and $where and $ruler and $send and not $kept
}

rule phishing_backend_gate
{
    meta:
        id = "phishing.backend-gate"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page asks three or more guards against robots and researchers before it shows itself"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1598/003/"
        lane = "script"
    strings:
        $guard = /(include|require)(_once)?[ \t(@]{0,4}["'][^"'\r\n]{0,80}(anti-?_?(bots?)?\d?\.php|anti-?_?bots?|blocker|black-?_?list|block_?bots?|block_?detect|bot-?_?(crawler|check|detect)|\/bots?\d{0,2}\.php|ip-?_?range|rangip|crawler_?detect|prevents?\/)[^"'\r\n]{0,24}["']/ nocase
        $agent = /(strpos|stripos|stristr|preg_match)[ \t]{0,2}\([^;,\r\n]{0,40}HTTP_USER_AGENT["']?[ \t]{0,2}\][ \t]{0,2},/
        $fake = /header[ \t]{0,2}\([ \t]{0,2}["'](HTTP\/1\.[01] 40[34]|Location: https?:\/\/(www\.)?(google|bing|yahoo|apple|paypal))/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (#guard > 2 or (#agent > 5 and $fake))
}

// Attacks over the network: guessing passwords, scanning strangers.

rule netattack_password_guesser
{
    meta:
        id = "netattack.password-guesser"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script tries lists of passwords against a login"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1110/"
        lane = "script"
    strings:
        $ssh = /paramiko\.SSHClient|ssh\.ClientConfig|pxssh|Net::SSH|asyncssh\.connect|ssh2_auth_password/
        $ftp = /ftplib\.FTP|ftp_login[ \t]{0,2}\(|Net::FTP/
        $other = /telnetlib\.Telnet|smtplib\.SMTP|pymysql\.connect|mysql_connect[ \t]{0,2}\([ \t]{0,2}\$\w{1,12}[ \t]{0,2},[ \t]{0,2}\$\w{1,12}|imaplib\.IMAP4|wp-login\.php|xmlrpc\.php/
        $list = /for[ \t]{1,4}\w{1,12}[ \t]{1,4}in[ \t]{1,4}\w{0,20}(pass|pwd|word|cred|dict|combo)\w{0,12}|foreach[ \t]{0,2}\([ \t]{0,2}\$\w{0,12}(pass|pwd|word|user|dict)\w{0,8}[ \t]as|open[ \t]{0,2}\([ \t]{0,2}["']?\w{0,12}(wordlist|passwords?|passlist|combo|dict)/ nocase
        $word = /brute[ _-]?forc|\bcrack(er|ing|ed)?\b|wordlist|password found|found password|\[\+\]|login (success|found)|credentials found/ nocase
        $threads = /thread|goroutine|go func|multiprocessing|pool\./ nocase
    condition:
        ($ssh or $ftp or $other) and $list and #word > 1 and $threads
}

rule netattack_mass_scan
{
    meta:
        id = "netattack.mass-scan"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script scans large parts of the Internet for open services"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1595/001/"
        lane = "script"
    strings:
        $masscan = /\b(masscan|zmap|zgrab2?)[ \t][^\r\n]{0,120}(--rate|-B|--bandwidth|-p)[ \t=]{1,2}/
        $whole = /0\.0\.0\.0\/0|--exclude-?file|1\.0\.0\.0-|-iR[ \t]{1,2}\d{3,}/
        $random_ip = /(rand(om)?\.?(randint|Intn|range)?[ \t]{0,2}\([^)\r\n]{0,20}25[456]\)[^\r\n]{0,20}){3}/
        $connect = /connect(_ex)?[ \t]{0,2}\(|net\.Dial|socket\(/
        $port = /\b(22|23|2323|3389|5555|6379|7547|8291|37215|52869|9200|27017|11211)\b/
        $found = /open|found|vuln|alive/ nocase
        $nmap = /nmap[ \t][^\r\n]{0,80}-iR[ \t]/
    condition:
        ($masscan and $whole) or $nmap or ($random_ip and $connect and $port and $found)
}

rule netattack_device_loader
{
    meta:
        id = "netattack.device-loader"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script puts a command that fetches and runs a programme into requests to a list of devices"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1190/"
        lane = "any"
    strings:
        $inject = /(%24%28|%60|%3B|\$\(|[`;|&'"]|\$\{IFS\})[ ]{0,2}((cd|rm)[^"'\r\n]{1,40}(;|&&|%3B|\|)[ ]{0,2})?(\/bin\/)?(busybox(%20|\+|\$\{IFS\}|[ ]))?(wget|curl|tftp)(%20|\+|\$\{IFS\}|[ ])[^"'\r\n]{0,40}(https?|tftp|-g|%s|"|')/
        $exploit = /(login|cgi|admin|diag|ping|form|goform|GponForm|HNAP|soap|shell\?|upnp)[\w.\/?=&-]{0,40}|Content-Length:|requests\.(get|post)|net\.Dial|HTTP\/1\.[01]/ nocase
        $targets = /bufio\.NewScanner\([ ]?os\.Stdin|open\([ ]?(str\()?sys\.argv\[\d\]|fopen\([ ]?argv\[\d\]|for [ ]?\w{1,12} in [ ]?(sys\.stdin|open\()|fgets\([^;\r\n]{0,40}stdin|fileinput\.input/
        $many = /Thread\(|threading|WaitGroup|go func\(|multiprocessing|Pool\(|fork\(\)/
        $run = /(sh|chmod|777|\.\/)/
    condition:
        filesize < 200KB and $inject and $exploit and $targets and $many and $run
}

rule netattack_device_logins
{
    meta:
        id = "netattack.device-logins"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A list of devices in the Internet with their telnet or SSH port, account and password"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1110/"
        lane = "any"
    strings:
        $login = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}:(22|23|2223|2323)[ \t:]{1,2}(root|admin|support|guest|user|default|telnet|tech|pi|ubnt|administrator|supervisor|service)[ :][\w!@#$*.-]{0,24}[ \t]{0,4}[\r\n]/
    condition:
        #login > 20
}

// PHP that fetches its code or its orders from elsewhere.

rule webshell_php_remote_code
{
    meta:
        id = "webshell.php-remote-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is fetched from another host and run"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1105/"
        lane = "script"
    strings:
        $direct = /(eval|assert)[ \t]{0,4}\([ \t"'.?>@]{0,12}(file_get_contents|curl_exec|fetch|get_?url|getcontents?|http_get)[ \t]{0,4}\([ \t]{0,4}["'](https?|ftp):/ nocase
        $include = /(include|require)(_once)?[ \t(@]{1,6}["'](https?|ftp):\/\// nocase
        $fetch = /\$(\w{1,24})[ \t]{0,4}=[ \t]{0,4}@?(file_get_contents|curl_exec|get_?url|getcontents?|http_get|fetch_?url)[ \t]{0,4}\(/ nocase
        $run = /[^\w>](eval|assert)[ \t]{0,4}\([ \t"'.?>@]{0,12}\$\w{1,24}[ \t]{0,4}\)/ nocase
        $url = /["'](https?|ftp):\/\/[^"'\r\n]{4,120}\.(txt|jpe?g|gif|png|log|dat|pdf|css)["']/ nocase
        $paste = /pastebin\.com\/raw|raw\.githubusercontent\.com|gist\.github|hastebin|ghostbin|paste\.ee/ nocase
        $pack_url = /pack[ \t]{0,4}\([ \t]{0,4}["']H\*["'][ \t]{0,4},[ \t]{0,4}["']68747470/ nocase
    condition:
        $direct or $include or $pack_url or (($url or $paste) and for any i in (1..#fetch) : ($run in (@fetch[i]..@fetch[i] + 300)))
}

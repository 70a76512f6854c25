// Code that intruders leave in hacked sites: hidden includes, coded payloads, orders in cookies.

rule hacked_include_image
{
    meta:
        id = "hacked.include-image"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP includes a picture or a file whose path is written in escapes"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $image = /[^\w$>](include|require)(_once)?[ \t(@]{1,6}["'][^"'\r\n]{1,120}\.(png|jpe?g|gif|ico|bmp|css|swf|ttf|woff)["'][ \t)]{0,4};/ nocase
        $escaped = /[^\w$>](include|require)(_once)?[ \t(@]{1,6}["'][\/.\w]{0,3}\\(x[0-9a-f]{2}|[0-7]{2,3})[^"'\r\n]{4,300}["'][ \t)]{0,4};/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($image or $escaped)
}

rule hacked_percent_code
{
    meta:
        id = "hacked.percent-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP code is kept in percent encoding"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $post = /%24_(POST|COOKIE|REQUEST|GET|SERVER)/ nocase
        $globals = "%24GLOBALS" nocase
        $eval = /(eval|assert|base64_decode|gzinflate|create_function|unserialize)%28/ nocase
        $open = "%3C%3Fphp" nocase
        $statements = /%3B(%0A|%20|%0D%0A){0,4}%24\w{2,30}(%20)?%3D/ nocase
        $decode = /urldecode[ \t]{0,4}\(|unescape[ \t]{0,4}\(/ nocase
        $write = /file_put_contents|fwrite|[^\w>]eval[ \t]{0,4}\(/ nocase
    condition:
        ($decode or $write) and ((2 of ($post, $globals, $eval, $open)) or (#statements > 4 and any of ($post, $globals, $eval, $open)))
}

rule hacked_hex_code
{
    meta:
        id = "hacked.hex-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP code is kept in hexadecimal digits"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $code = /["'=][ \t]{0,2}3c3f(706870|3d)[0-9a-f]{40}/ nocase
        $dollar = /["'][0-9a-f]{0,200}245f(504f5354|434f4f4b4945|52455155455354|474554)/ nocase
        $eval = /["'][0-9a-f]{0,200}6576616c28[0-9a-f]{8}/ nocase
    condition:
        any of them
}

rule hacked_cookie_orders
{
    meta:
        id = "hacked.cookie-orders"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Orders arrive in cookies or under any name of the request and are decoded"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $merge = /array_merge[ \t]{0,4}\([ \t]{0,4}\$_(COOKIE|POST)[ \t]{0,4},[ \t]{0,4}\$_(POST|COOKIE)[ \t]{0,4}\)/ nocase
        $cookie_call = /\$\w{1,24}[ \t]{0,2}\([ \t]{0,2}@?\$_COOKIE[ \t]{0,2}\[/ nocase
        $length = /strlen[ \t]{0,2}\([ \t]{0,2}\$\w{1,24}[ \t]{0,2}\)[ \t]{0,2}={2,3}[ \t]{0,2}(16|32|36|40)\b/ nocase
        $each = /foreach[ \t]{0,4}\([ \t]{0,4}\$_(POST|COOKIE|REQUEST)[ \t]{1,4}as[ \t]{1,4}\$\w{1,24}[ \t]{0,4}=>[ \t]{0,4}\$\w{1,24}/ nocase
        $decode = /base64_decode|str_rot13|rawurldecode|unserialize|gzinflate|hex2bin|\^[ \t]{0,2}(ord|\$\w)|decrypt/ nocase
        $run = /[^\w>](eval|assert|create_function|call_user_func|include|file_put_contents)[ \t]{0,4}\(|unserialize[ \t]{0,4}\(|\$\w{1,24}[ \t]{0,2}\([ \t]{0,2}\$\w{1,24}[ \t]{0,2}\[/ nocase
        $cookies = /\$_COOKIE[ \t]{0,2}\[/ nocase
        $arrays = /\[\d{1,3}(\]\(\$|\] \(\$|\]\( \$)\w{1,8}\[\d{1,3}\]/
        $copy = /\$\w{1,8}[ \t]{0,2}=[ \t]{0,2}\$_COOKIE[ \t]{0,2};/ nocase
    condition:
        ($merge and $decode and $run) or $cookie_call
        or ($decode and for any i in (1..#each) : ($length in (@each[i]..@each[i] + 600))) or ($copy and $arrays) or (#arrays > 2 and $cookies)
}

rule hacked_fetch_and_run
{
    meta:
        id = "hacked.fetch-and-run"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP fetches a programme with wget or curl and hands it to an interpreter"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1105/"
        lane = "script"
    strings:
        $call = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)[ \t]{0,4}\([ \t@"'\\]{1,6}[^;]{0,160}(wget|curl|lwp-download|fetch|GET)[ ][^;]{0,160}[|;&][ ]{0,3}(perl|sh|bash|python|php|\.\/|chmod)/ nocase
        $ticks = /`[^`\r\n]{0,80}(wget|curl)[ ][^`\r\n]{0,160}[|;&][ ]{0,3}(perl|sh|bash|python|chmod)/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($call or $ticks)
}

rule hacked_eval_wrapper
{
    meta:
        id = "hacked.eval-wrapper"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Small functions wrap eval and a decoder so that the code does not name them together"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $eval = /function[ \t]{1,4}\w{1,24}[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4}(=[^)]{1,12})?\)[ \t\r\n]{0,8}\{[ \t\r\n]{0,12}(return[ \t]{1,4}|@)?(eval|assert)[ \t]{0,4}\([ \t"'?>.]{0,8}\$\w{1,24}/ nocase
        $decode = /function[ \t]{1,4}\w{1,24}[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4}\)[ \t\r\n]{0,8}\{[ \t\r\n]{0,12}return[ \t]{1,4}@?(base64_decode|gzinflate|gzuncompress|str_rot13|strrev|file_get_contents)[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}/ nocase
        $noise = /["'][ ]?\.[ ]?\/\*[^\/\r\n]{0,40}\*\/[ ]?["'$]/
        $noise_call = /\$\w{0,12}(\/\*[^\/\r\n]{1,60}\*\/){1,3}\(/
        $payload = /=[ \t]{0,4}["'][A-Za-z0-9+\/=]{100}/
    condition:
        ($eval and ($decode or $payload)) or (#noise > 1 and $noise_call)
}

rule hacked_zip_in_code
{
    meta:
        id = "hacked.zip-in-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script unpacks an archive that it carries in base64 into the site"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $zip = /base64_decode[ \t]{0,4}\([ \t]{0,4}["']UEsDB[A-Za-z0-9+\/=]{40}/ nocase
        $assigned = /\$\w{1,24}[ \t]{0,4}=[ \t]{0,4}["']UEsDB[A-Za-z0-9+\/=]{60}/
        $write = /fw?rite[ \t]{0,4}\(|fputs[ \t]{0,4}\(|file_put_contents[ \t]{0,4}\(/ nocase
        $unpack = /PclZip|ZipArchive|unzip/ nocase
        $request = /\$_(REQUEST|GET|POST)\b/
    condition:
        ($zip or $assigned) and $write and ($unpack or $request)
}

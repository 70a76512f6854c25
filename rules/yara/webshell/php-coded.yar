// PHP that carries its code or its words in another writing.

rule webshell_php_percent_code
{
    meta:
        id = "webshell.php-percent-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP code written in percent signs is kept in a string"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $part = /%24[a-z_]\w{1,24}(%20)?(%3D|%5B|%28|%3B|%29|%2C)/ nocase
        $word = /(function|isset|define|return|eval|foreach|for|if)(%20)?%28/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and #part > 12 and #word > 3
}

rule webshell_php_hex_names
{
    meta:
        id = "webshell.php-hex-names"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Names of functions that act on the server stand in hexadecimal"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $put = "66696c655f7075745f636f6e74656e7473" nocase
        $get = "66696c655f6765745f636f6e74656e7473" nocase
        $moved = "6d6f76655f75706c6f616465645f66696c65" nocase
        $shell = "7368656c6c5f65786563" nocase
        $through = "7061737374687275" nocase
        $proc = "70726f635f6f70656e" nocase
        $uname = "7068705f756e616d65" nocase
        $uid = "706f7369785f67657470777569" nocase
        $decode = "6261736536345f6465636f6465" nocase
        $inflate = "677a696e666c617465" nocase
        $create = "6372656174655f66756e6374696f6e" nocase
        $eval = "6576616c28" nocase
        $runtime = "6a6176612e6c616e672e52756e74696d65" nocase
        $page = /<\?(php|=|[ \t\r\n])|<%/ nocase
    condition:
        $page and (2 of ($put, $get, $moved, $shell, $through, $proc, $uname, $uid, $decode, $inflate, $create, $eval) or $runtime)
}

rule webshell_php_goto_maze
{
    meta:
        id = "webshell.php-goto-maze"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is torn into jumps and decodes what the request or a string brought"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $goto = /goto [A-Za-z_]\w{2,8};[ \t\r\n]{1,12}[A-Za-z_]\w{2,8}:/
        $decode = /gzinflate|base64_decode|str_rot13|gzuncompress|hex2bin|eval[ \t]{0,4}\(/ nocase
        $request = /_(COOKIE|POST|REQUEST)\b|php:\/\/input/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and #goto > 15 and $decode and $request
}

rule webshell_php_coded_page
{
    meta:
        id = "webshell.php-coded-page"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script carries a whole PHP page in base64"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $page = /["\'](PD9waHAg|PD9waHAK|PD9waHAN|PD9waHAJ|PD9QSFAg)[A-Za-z0-9+\/\r\n]{240}/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $page
}

rule webshell_php_table_decoder
{
    meta:
        id = "webshell.php-table-decoder"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code in percent signs is put back letter by letter from a table"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $map = /isset[ \t]{0,2}\([ \t]{0,2}\$\w{1,30}[ \t]{0,2}\[[ \t]{0,2}\$\w{1,30}[ \t]{0,2}[\[{][ \t]{0,2}\$?\w{1,20}[ \t]{0,2}[\]}][ \t]{0,2}\][ \t]{0,2}\)[ \t]{0,4}\?[ \t]{0,4}\$\w{1,30}[ \t]{0,2}\[/
        $percent = /%[0-9A-Za-z]{2}(%[0-9A-Za-z]{2}|\w){20}/
        $decode = /urldecode|url["\'][ \t]{0,2}\.[ \t]{0,2}["\']decode/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $map and #percent > 10 and $decode
}

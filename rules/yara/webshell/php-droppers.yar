// PHP that lets in who knows its secret, carries others, or hides behind odd functions.

rule webshell_php_hashed_gate
{
    meta:
        id = "webshell.php-hashed-gate"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script acts when a value of the request has a hash that stands in it, and runs what came along"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $gate = /\b(md5|sha1|crypt|hash)[ \t]{0,4}\([^;{\r\n]{0,24}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[[^\]\r\n]{1,30}\][ \t)]{1,6}[!=]==?[ \t]{0,4}["\'][0-9a-f]{32,40}["\']|["\'][0-9a-f]{32,40}["\'][ \t]{0,4}[!=]==?[ \t]{0,4}(md5|sha1)[ \t]{0,4}\([^;{\r\n]{0,24}\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $run = /\b(eval|assert|system|passthru|shell_exec|array_map|array_walk|array_filter|usort|call_user_func|create_function|preg_replace|include|require|move_uploaded_file|file_put_contents|fwrite|copy|\$\w{1,20})[ \t]{0,4}\([^;\r\n]{0,60}\$_(GET|POST|REQUEST|COOKIE|FILES)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $gate and $run and filesize < 60000
}

rule webshell_php_self_removing
{
    meta:
        id = "webshell.php-self-removing"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script unpacks coded files into the site at the orders of the request and then removes itself"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $remove = /unlink[ \t]{0,4}\([ \t]{0,4}(__FILE__|\$_SERVER\[["\']?SCRIPT_FILENAME|basename[ \t]{0,2}\([ \t]{0,2}(__FILE__|\$_SERVER))/ nocase
        $assigned = /=[ ]?["\'][A-Za-z0-9+\/]{400}/
        $passed = /\([ ]?["\'][A-Za-z0-9+\/]{400}/
        $listed = /=>[ ]?["\'][A-Za-z0-9+\/]{400}/
        $joined = /\.[ ]?["\'][A-Za-z0-9+\/]{400}/
        $write = /file_put_contents[ \t]{0,4}\(|fw?rite[ \t]{0,4}\(|fputs[ \t]{0,4}\(/ nocase
        $decode = /base64_decode|gzinflate|gzuncompress|hex2bin|str_rot13/ nocase
        $order = /\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $remove and any of ($assigned, $passed, $listed, $joined) and $write and $decode and $order and filesize < 400000
}

rule webshell_php_coded_connectors
{
    meta:
        id = "webshell.php-coded-connectors"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script carries programmes that open connections, coded, under telling names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $named = /(\$\w{0,12}(back|bind|connect|bd|shell|perl|proxy|pl|py|c)_?(back|bind|connect|pl|py|c|perl|source|src|port|shell)?|\[["\'](rs|bs|bc|bd|bind|back)_?(perl|python|ruby|gcc|c|java|node|php|pl|py)["\']\])[ \t]{0,4}=[ \t]{0,4}["\'][A-Za-z0-9+\/\r\n]{240}/ nocase
        $decode = /base64_decode|gzinflate|gzuncompress/ nocase
        $write = /fw?rite[ \t]{0,4}\(|fputs[ \t]{0,4}\(|file_put_contents[ \t]{0,4}\(|function[ \t]{1,4}\w{0,12}(write|cf|save)\w{0,12}[ \t]{0,4}\(/ nocase
        $run = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)[ \t]{0,4}\(|\bperl\b|gcc |python /
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and #named > 1 and $decode and ($write or $run)
}

rule webshell_php_xpath_functions
{
    meta:
        id = "webshell.php-xpath-functions"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An XPath query calls PHP functions that the request names"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $register = /registerPhpFunctions[ \t]{0,4}\(|["\']registerPhpFunctions["\']/ nocase
        $query = /php:function(String)?[ \t]{0,4}\([ \t]{0,4}["\']?(\$|system|exec|assert|passthru|shell_exec|eval|file_put_contents)/ nocase
        $any = /\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[/ nocase
        $xpath = "http://php.net/xpath"
        $new = /->[ \t]{0,4}(newInstance|invoke|getMethod)[ \t]{0,4}\(|call_user_func/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $any and ($query or ($xpath and $new and not $register)) and ($xpath or $register)
}

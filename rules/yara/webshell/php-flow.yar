// PHP webshells where a value of the request reaches execution over a variable, a class or an array.

rule webshell_php_eval_variable
{
    meta:
        id = "webshell.php-eval-variable"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A variable is evaluated right after it was read from the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $eval = /[^\w>:$]eval[ \t\r\n]{0,8}\([ \t@"'\\.?>]{0,12}(base64_decode[ \t]{0,4}\([ \t]{0,4}|stripslashes[ \t]{0,4}\([ \t]{0,4}|gzinflate[ \t]{0,4}\([ \t]{0,4}|gzuncompress[ \t]{0,4}\([ \t]{0,4}|trim[ \t]{0,4}\([ \t]{0,4}|\$\{?\w{1,20}[ \t]{0,4}\([ \t]{0,4}){0,2}\$\{?\w{1,24}/ nocase
        $assert = /[^\w>:$]assert[ \t\r\n]{0,8}\([ \t@"'\\.]{0,12}(base64_decode[ \t]{0,4}\([ \t]{0,4}|stripslashes[ \t]{0,4}\([ \t]{0,4}){0,2}\$\{?\w{1,24}[ \t"'.)\[]/ nocase
        $read = /\$\{?[\w>-]{1,24}[}\]"'\w]{0,12}[ \t]{0,4}\.?=[ \t]{0,4}[(@]{0,3}((base64_decode|stripslashes|trim|str_rot13|gzinflate|gzuncompress|urldecode|rawurldecode|strrev|implode|join|isset)[ \t]{0,4}\([ \t@"',.]{0,8}){0,3}\$\{?["']?(_(GET|POST|REQUEST|COOKIE)\b|_SERVER[ \t]{0,4}[\[{][ \t]{0,4}["']HTTP_)/ nocase
        $raw = /=[ \t]{0,4}@?(file_get_contents|fopen)[ \t]{0,4}\([ \t]{0,4}["']php:\/\/input["']/ nocase
        $passed = /function[ \t]{1,4}\w{1,24}[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4}\)[ \t\r\n]{0,8}\{[ \t\r\n]{0,16}@?(eval|assert|system|passthru|shell_exec)[ \t]{0,4}\([ \t"'.]{0,8}\$/ nocase
        $handed = /[^\w>]\w{2,24}[ \t]{0,4}\([ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[/ nocase
    condition:
        for any i in (1..#eval) : ($read in (@eval[i] - 350..@eval[i]) or $raw in (@eval[i] - 350..@eval[i]))
        or for any i in (1..#assert) : ($read in (@assert[i] - 250..@assert[i]))
        or for any i in (1..#passed) : ($handed in (@passed[i]..@passed[i] + 400))
}

rule webshell_php_exec_variable
{
    meta:
        id = "webshell.php-exec-variable"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A command comes with the request and is run unescaped"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $exec = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open|pcntl_exec)[ \t\r\n]{0,8}\([ \t@"'\\.]{0,8}\$\{?\w{1,24}\}?[ \t]{0,4}([)."',]|2>)/ nocase
        $ticks = /[=(;.][ \t]{0,4}`[ \t]{0,8}\{?\$\w{1,24}\}?[^`\r\n]{0,30}`/
        $read = /\$\w{1,24}[ \t]{0,4}=[ \t]{0,4}[(@]{0,3}((base64_decode|stripslashes|trim|str_rot13|urldecode|rawurldecode|isset)[ \t]{0,4}\([ \t@]{0,4}){0,2}\$\{?["']?(_(GET|POST|REQUEST|COOKIE)\b|HTTP_(GET|POST)_VARS\b)/ nocase
        $escaped = /escapeshell(arg|cmd)/ nocase
        $page = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $page and not $escaped and (
            for any i in (1..#exec) : ($read in (@exec[i] - 600..@exec[i]))
            or for any i in (1..#ticks) : ($read in (@ticks[i] - 300..@ticks[i]))
        )
}

rule webshell_php_call_variable
{
    meta:
        id = "webshell.php-call-variable"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A function whose name is a variable is called with a value of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $call = /[^\w>:]\$\{?\w{1,24}\}?[ \t]{0,4}(\[[^\]\r\n]{1,20}\][ \t]{0,4}){0,2}\([ \t\r\n]{0,4}(@|\$\w{1,20}[ \t]{0,4}\([ \t]{0,4}|base64_decode\([ \t]{0,4}|stripslashes\([ \t]{0,4}){0,2}\$\{?["']?_(GET|POST|REQUEST|COOKIE)\}?["']?[ \t]{0,4}[\[{][^\]}\r\n]{1,24}[\]}][ \t]{0,4}\)/ nocase
        $nested = /\([ \t]{0,4}\$\{?\w{1,20}\}?[ \t]{0,4}=[ \t]{0,4}@?\$\{?_(GET|POST|REQUEST|COOKIE)\b[^;\r\n]{1,30}\)[ \t]{0,4}\.?[ \t]{0,4}@?\$\{?\w{1,20}\}?[ \t]{0,4}\(/ nocase
        $pair = /=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[[^\]\r\n]{1,30}\][ \t]{0,4};[ \t\r\n]{1,12}\$\w{1,20}[ \t]{0,4}=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[[^\]\r\n]{1,30}\][ \t]{0,4};[ \t\r\n]{1,12}(echo[ \t])?@?\$\w{1,20}[ \t]{0,2}\([ \t]{0,2}\$\w{1,20}/ nocase
        $made = /\)\)\.@?\$\w{1,20}[ \t]{0,4}\(/
        $rare = /=[ \t]{0,4}(trim|strtolower|strrev|ltrim|rtrim|ucfirst|lcfirst|substr)?[ \t]{0,4}\(?[ \t]{0,4}["'][ \t]{0,4}(assert|passthru|shell_exec|create_function|tressa|metsys|edoced_46esab)[ \t]{0,4}["']/ nocase
        $name = /=[ \t]{0,4}(trim|strtolower|strrev|ltrim|rtrim|ucfirst|lcfirst|substr)?[ \t]{0,4}\(?[ \t]{0,4}["'][ \t]{0,4}(system|eval|exec|popen|base64_decode)[ \t]{0,4}["'][ \t]{0,4}\)?[ \t]{0,4};/ nocase
        $built = /\.[ \t]{0,2}["'](ssert|sert|ystem|stem)["'][ \t]{0,4};/ nocase
        $request = /\$\{?["']?_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $strange = /=[ \t]{0,4}\(?(\(string\))?[ \t]{0,2}(chr|str_replace|strrev|base64_decode|substr|pack|implode|join|str_rot13|hex2bin|key|array_pop|end|current)[ \t]{0,2}\([^\r\n]{0,100};/ nocase
        $xor = /('\^'|"\^"|' \^ '|" \^ ")/
    condition:
        $nested or $pair or ($request and ($made or $rare or $built)) or ($name and $call)
        or for any i in (1..#call) : ($strange in (@call[i] - 300..@call[i]) or $xor in (@call[i] - 300..@call[i]))
}

rule webshell_php_callback_hidden
{
    meta:
        id = "webshell.php-callback-hidden"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A callback is decoded from the request, escaped or taken from it over a variable"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $decoded = /[^\w](array_filter|usort|uasort|uksort|array_walk|array_walk_recursive|array_udiff|array_reduce|array_map|call_user_func|call_user_func_array|register_shutdown_function|register_tick_function|sqliteCreateFunction)[ \t]{0,4}\([^;\r\n]{0,80}(base64_decode|str_rot13|strrev|hex2bin|gzinflate)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}/ nocase
        $escaped = /["'][asert]{0,5}(\\x(61|73|65|72|74)|\\(141|163|145|162|164))([asert]|\\x(61|73|65|72|74)|\\(141|163|145|162|164)){0,5}["'][ \t]{0,4}[,;)(]/ nocase
        $method = /->[ \t]{0,4}(sqliteCreateFunction|createFunction)[ \t]{0,4}\([^;\r\n]{0,60}\$\w{1,20}/ nocase
        $closure = /(Closure::fromCallable|ReflectionFunction)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4}\)[ \t]{0,4}[;\-)][^;]{0,40}\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $read = /\$\w{1,24}[ \t]{0,4}=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $third = /[^\w](array_diff_ukey|array_diff_uassoc|array_intersect_ukey|array_intersect_uassoc|array_udiff|array_udiff_assoc|array_uintersect|array_walk|array_walk_recursive|usort|uasort|uksort|array_filter|array_map|array_reduce)[ \t]{0,4}\([^;]{0,160},[ \t]{0,4}\$\w{1,3}[ \t]{0,4}(,[ \t]{0,4}(''|""))?[ \t]{0,4}\)[ \t]{0,4};/ nocase
        $listed = /=[ \t]{0,4}array[ \t]{0,4}\([^;]{0,60}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $direct = /(array_diff_ukey|array_intersect_ukey|array_udiff|array_uintersect|array_walk_recursive|array_filter|uasort|uksort|usort|array_reduce)[ \t]{0,4}\([^;]{0,160},[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[[^\]\r\n]{1,30}\][ \t]{0,4}\)[ \t]{0,4};/ nocase
        $inline = /(array_diff_ukey|array_diff_uassoc|array_intersect_ukey|array_intersect_uassoc|array_udiff|array_udiff_assoc|array_uintersect|array_uintersect_assoc|usort|uasort|uksort|array_walk|array_filter)[ \t]{0,4}\([ \t]{0,4}array[ \t]{0,4}\([ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)\b[^;\r\n]{1,80},[ \t]{0,4}\$\w{1,20}[ \t]{0,4}\)[ \t]{0,4};/ nocase
        $request = /\$\{?["']?_(GET|POST|REQUEST|COOKIE)\b/ nocase
    condition:
        $request and (
            $decoded or $escaped or $direct or $closure or $inline
            or for any i in (1..#method) : ($read in (@method[i] - 300..@method[i]))
            or for any i in (1..#third) : ($read in (@third[i] - 200..@third[i]) and $listed in (@third[i] - 200..@third[i]))
        )
}

rule webshell_php_spread_request
{
    meta:
        id = "webshell.php-spread-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Every value of the request becomes a variable, and a variable is called or evaluated"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $list = /foreach[ \t]{0,4}\([ \t]{0,4}array[ \t]{0,4}\([ \t]{0,4}["']_(COOKIE|POST|GET|REQUEST)["'][^)]{0,40}\)[ \t]{0,4}as[ \t]{1,4}\$\w{1,20}[ \t]{0,4}\)/ nocase
        $call = /[;{}\s]\$\w{1,20}\(\$\w{1,20}\)[ \t]{0,2};/
        $eval = /[^\w>]eval[ \t]{0,4}\(/
        $through = /foreach[ \t]{0,4}\([ \t]{0,4}(array_merge[ \t]{0,4}\()?[ \t]{0,4}\$_(POST|COOKIE|REQUEST|GET)[^{;]{0,60}as[ \t]{1,4}\$\w{1,24}[ \t]{0,4}=>[ \t]{0,4}\$\w{1,24}[ \t]{0,4}\)[ \t\r\n{]{0,16}[^}]{0,200}([^\w>:]\$\w{1,24}[ \t]{0,2}\([ \t]{0,2}\$\w{1,24}[ \t]{0,2}(,|\))|[^\w>]eval[ \t]{0,4}\()/ nocase
    condition:
        ($list and ($call or $eval) and filesize < 40000) or $through
}

rule webshell_php_object_injection
{
    meta:
        id = "webshell.php-object-injection"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "An object from the request runs code when it is destroyed or woken"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $wake = /unserialize[ \t]{0,4}\([ \t]{0,4}@?((base64_decode|gzinflate|stripslashes|str_rot13|hex2bin|gzuncompress)[ \t]{0,4}\([ \t]{0,4}@?){0,3}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $run = /[^\w>](eval|assert|system|passthru|shell_exec|call_user_func)[ \t]{0,4}\([ \t"'.]{0,8}\$this->\w{1,24}/ nocase
        $magic = /function[ \t]{1,4}__(destruct|wakeup|tostring|call|get|set|invoke|unset|isset)\b/ nocase
        $variable = /\$this->\w{1,24}[ \t]{0,4}=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $method_call = /\$this->\w{1,24}[ \t]{0,4}\([ \t]{0,4}\$/
    condition:
        $magic and (($run and ($wake or $variable)) or ($wake and $method_call and #method_call < 3 and filesize < 32KB))
}

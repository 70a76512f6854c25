// PHP webshells in plain sight: a value of the request reaches something that runs it.

rule webshell_php_eval_request
{
    meta:
        id = "webshell.php-eval-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "PHP code from the request is evaluated"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $eval = /\beval[ \t\r\n]{0,16}\([ \t\r\n@"'.(\w;?>\\$=]{0,60}\$\{?["']?_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $assert = /\bassert[ \t\r\n]{0,16}\([ \t\r\n@"'.]{0,16}((stripslashes|base64_decode|str_rot13|strrev|trim|urldecode|gzinflate|gzuncompress)[ \t]{0,8}\([ \t@]{0,8}){0,3}\$\{?["']?_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $joined = /\bassert[ \t\r\n]{0,16}\([^;()]{0,40}["'][ \t]{0,4}\.[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $input = /\b(eval|assert)[ \t\r\n]{0,16}\([ \t\r\n@"'.(\w;?>]{0,60}(file_get_contents|fopen)[ \t]{0,8}\([ \t]{0,8}["']php:\/\/input/ nocase
        $headers = /\b(eval|assert)[ \t\r\n]{0,16}\([ \t\r\n@"'.(\w;?>]{0,60}\b(getallheaders|apache_request_headers|getenv|filter_input|get_defined_vars)[ \t]{0,8}\(/ nocase
    condition:
        any of them
}

rule webshell_php_exec_request
{
    meta:
        id = "webshell.php-exec-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A value of the request is run as a shell command"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/78.html"
        lane = "script"
    strings:
        $call = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open|pcntl_exec)[ \t\r\n]{0,16}\([ \t\r\n@"'.(]{0,16}((stripslashes|base64_decode|str_rot13|strrev|trim|urldecode)[ \t]{0,8}\([ \t@]{0,8}){0,3}\$\{?["']?_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $joined = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)[ \t\r\n]{0,16}\([ \t]{0,4}["'][^"'\r\n;]{0,40}["'][ \t]{0,4}\.[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $ticks = /([=(;{}.]|echo|print|return)[ \t]{0,4}`[ \t]{0,8}\{?\$\{?_(GET|POST|REQUEST|COOKIE|SERVER)\b[^`\r\n]{0,60}`/ nocase
        $header = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)[ \t]{0,8}\([ \t"'@]{0,8}getenv[ \t]{0,4}\([ \t]{0,4}["']HTTP_/ nocase
        $com = /->[ \t]{0,4}(exec|run|shellexecute)[ \t]{0,8}\([^;\r\n]{0,60}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $wscript = "wscript.shell" nocase
    condition:
        $call or $joined or $ticks or $header or ($com and $wscript)
}

rule webshell_php_dynamic_call
{
    meta:
        id = "webshell.php-dynamic-call"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "The request names the function that is called"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $direct = /\$\{?_(GET|POST|REQUEST|COOKIE)\}?[ \t]{0,4}[\[{][^\]}\r\n;]{1,40}[\]}][ \t\r\n]{0,8}\([ \t\r\n]{0,8}@?[$"'\w]/ nocase
        $header = /\$\{?_SERVER\}?[ \t]{0,4}[\[{][ \t"']{0,4}HTTP_[^\]}\r\n;]{1,40}[\]}][ \t\r\n]{0,8}\([ \t\r\n]{0,8}@?[$"'\w]/ nocase
        $callback = /\b(call_user_func|call_user_func_array|array_map|array_walk_recursive|register_shutdown_function|register_tick_function|ob_start|forward_static_call|forward_static_call_array|set_error_handler|spl_autoload_register|iterator_apply)[ \t\r\n]{0,8}\([ \t\r\n@]{0,8}(base64_decode[ \t]{0,4}\([ \t]{0,4}){0,1}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b[ \t]{0,4}[\[{]/ nocase
        $expression = /\)\)[ \t]{0,2}\([ \t]{0,2}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[/
        $second = /\b(array_filter|usort|uasort|uksort|array_udiff|array_uintersect|array_reduce|array_walk|preg_replace_callback|mb_ereg_replace_callback)[ \t\r\n]{0,8}\([^;()\r\n]{0,80}(\([^;()\r\n]{0,80}\)[^;()\r\n]{0,40})?,[ \t]{0,8}\$_(GET|POST|REQUEST|COOKIE|SERVER)[ \t]{0,4}\[[^\]\r\n]{1,40}\][ \t]{0,8}\)[ \t\r\n]{0,4}[^, \t\r\n]/ nocase
        $handed = /\b(register_tick_function|register_shutdown_function|call_user_func|forward_static_call)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}(\[\w{1,8}\][ \t.]{0,3}\$?[\w\[\]$.]{0,40})?[ \t]{0,4},[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[/ nocase
        $spread = /\b(usort|uasort|uksort|array_map|array_filter|call_user_func|call_user_func_array|forward_static_call)[ \t]{0,4}\([ \t]{0,4}\.\.\.[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    condition:
        any of them
}

rule webshell_php_callback_executor
{
    meta:
        id = "webshell.php-callback-executor"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A callback function is given assert, eval or a command runner together with a value of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $first = /\b(call_user_func|call_user_func_array|array_map|register_shutdown_function|ob_start|forward_static_call|forward_static_call_array)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}["']?(assert|eval|system|exec|passthru|shell_exec|popen|proc_open|create_function)["']?[ \t]{0,4}[,)]/ nocase
        $later = /\b(array_filter|usort|uasort|uksort|array_walk|array_walk_recursive|array_udiff|array_udiff_assoc|array_uintersect|array_reduce|filter_var|filter_var_array|preg_replace_callback|mb_ereg_replace_callback|iterator_apply|array_diff_ukey|array_intersect_ukey)[ \t\r\n]{0,8}\([^;]{0,120}["'](assert|eval|system|exec|passthru|shell_exec)["'][ \t\r\n]{0,8}[),\]]/ nocase
        $bare = /\$?\w{2,24}[ \t]{0,4}\([ \t]{0,4}(assert|eval|passthru|shell_exec)[ \t]{0,4}\)[ \t]{0,4};/
        $request = /\$\{?["']?_(GET|POST|REQUEST|COOKIE)\b|php:\/\/input|getallheaders/ nocase
    condition:
        ($first or $later or $bare) and $request
}

rule webshell_php_regex_eval
{
    meta:
        id = "webshell.php-regex-eval"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "preg_replace with the e modifier runs code from the request or from a hidden string"
        author = "aup-scanner authors"
        reference = "https://www.php.net/manual/en/reference.pcre.pattern.modifiers.php"
        lane = "script"
    strings:
        $request = /\b(preg_replace|preg_filter)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}["']([\/#~|@!]).{0,30}[\/#~|@!][imsxADSUXu]{0,4}e[imsxADSUXu]{0,4}["'][ \t\r\n]{0,8},[ \t\r\n@]{0,8}["'.@\\\w(]{0,20}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $ereg = /\bmb_eregi?_replace[ \t\r\n]{0,8}\([^;\r\n]{0,80}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b[^;\r\n]{0,60},[ \t]{0,4}["'][imsx]{0,3}e[imsx]{0,3}["'][ \t]{0,4}\)/ nocase
        $code = /\b(preg_replace|preg_filter)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}["']([\/#~|@!]).{0,30}[\/#~|@!][imsxADSUXu]{0,4}e[imsxADSUXu]{0,4}["'][ \t\r\n]{0,8},[ \t\r\n]{0,8}["'@]{0,2}(eval|assert|\\x65\\x76|\\145\\166|@?base64_decode|system|passthru|(raw)?urldecode[ ]?\(|str_rot13[ ]?\(|strrev[ ]?\(|gz(inflate|uncompress)[ ]?\(|chr[ ]?\()/ nocase
        $hidden = /\b(preg_replace|preg_filter)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}["']([\/#~|@!]).{0,30}[\/#~|@!][imsxADSUXu]{0,4}e[imsxADSUXu]{0,4}["'][ \t\r\n]{0,8},[ \t\r\n]{0,8}["'@\\$\w]{1,20}[ \t]{0,4},[ \t]{0,4}(base64_decode|gzinflate|str_rot13|strrev|pack)[ \t]{0,4}\(/ nocase
        $variable = /\b(preg_replace|preg_filter)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}["']([\/#~|@!]).{0,30}[\/#~|@!][imsxADSUXu]{0,4}e[imsxADSUXu]{0,4}["'][ \t\r\n]{0,8},[ \t\r\n]{0,8}\$\w{1,20}[ \t]{0,4},[ \t]{0,4}["']/ nocase
        $read = /\$[\w>-]{1,24}[ \t]{0,4}=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
        $whole = /\b(preg_replace|preg_filter)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}\$_(GET|POST|REQUEST|COOKIE)\b/ nocase
    condition:
        any of ($request, $ereg, $code, $hidden, $whole)
        or for any i in (1..#variable) : ($read in (@variable[i] - 400..@variable[i]))
}

rule webshell_php_make_function
{
    meta:
        id = "webshell.php-make-function"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "create_function builds code from the request or from a decoded string"
        author = "aup-scanner authors"
        reference = "https://www.php.net/manual/en/function.create-function.php"
        lane = "script"
    strings:
        $request = /\bcreate_function[ \t\r\n]{0,8}\([^;\r\n]{0,60}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $decoded = /\bcreate_function[ \t\r\n]{0,8}\([^;\r\n]{0,40},[ \t]{0,8}["'.evalEVAL(@?> ]{0,20}(base64_decode|gzinflate|gzuncompress|bzdecompress|str_rot13|strrev|pack)[ \t]{0,4}\(/ nocase
        $now = /create_function[ \t]{0,4}\([ \t]{0,4}(''|"")[ \t]{0,4},[ \t]{0,4}[^;]{1,60}\)[ \t]{0,4};[ \t\r\n]{0,8}(unset[ \t]{0,2}\([^)]{1,60}\)[ \t]{0,4};[ \t\r\n]{0,8})?@?\$\w{1,24}[ \t]{0,2}\([^)]{0,20}\)/ nocase
        $runs = /\bcreate_function[ \t\r\n]{0,8}\([^;\r\n]{0,40},[ \t]{0,8}["'](return[ \t]{1,4})?@?(eval|assert|system|passthru|shell_exec)[ \t]{0,4}\([ \t]{0,4}\\?\$/ nocase
    condition:
        any of them
}

rule webshell_php_include_request
{
    meta:
        id = "webshell.php-include-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Whatever the request names is included and run"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/98.html"
        lane = "script"
    strings:
        $include = /\b(include|require)(_once)?[ \t@(]{1,8}\$_((GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[[ \t]{0,4}["']?|SERVER[ \t]{0,4}\[[ \t]{0,4}["']?(HTTP_|QUERY_|REQUEST_|PATH_INFO|PHP_AUTH_))[\w-]{0,30}["']?[ \t]{0,4}\][ \t)]{0,4}[;?]/ nocase
        $just_read = /=[ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[[^\]\r\n]{1,30}\][ \t]{0,4};[ \t\r\n]{0,8}@?(include|require)(_once)?[ \t(@]{1,8}\$\w{1,24}[ \t)]{0,4};/ nocase
        $stream = /\b(include|require)(_once)?[ \t@(]{1,8}["'](data:|php:\/\/input|php:\/\/filter\/|zip:\/\/|phar:\/\/[^"']{1,60}\.(jpe?g|gif|png|ico|txt|css|js|log|dat|bin))/ nocase
    condition:
        any of them
}

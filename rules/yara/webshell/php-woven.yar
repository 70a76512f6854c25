// PHP woven so that neither a reader nor a word list sees what it runs, and wrappers that hand the request to a runner.

rule webshell_php_eval_tower
{
    meta:
        id = "webshell.php-eval-tower"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Calls of eval stand inside each other four deep or more"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $tower = /eval[ \t]{0,2}\([ \t]{0,2}eval[ \t]{0,2}\([ \t]{0,2}eval[ \t]{0,2}\([ \t]{0,2}eval[ \t]{0,2}\(/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and $tower
}

rule webshell_php_letters_by_list
{
    meta:
        id = "webshell.php-letters-by-list"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A function spells names from an alphabet by lists of numbers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $pick = /\.=[ \t]{0,2}\$\w{1,20}[ \t]{0,2}[\[{][ \t]{0,2}\$\w{1,20}[ \t]{0,2}[\]}][ \t]{0,2};[ \t\r\n]{0,8}\}[ \t\r\n]{0,8}return/ nocase
        $list = /\([ \t]{0,2}(array[ \t]{0,2}\(|\[)[ \t]{0,2}\d{1,2}[ \t]{0,2},[ \t]{0,2}\d{1,2}[ \t]{0,2},[ \t]{0,2}\d{1,2}[ \t]{0,2},[ \t]{0,2}\d{1,2}[ \t]{0,2},/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and $pick and #list > 2
}

rule webshell_php_comment_weave
{
    meta:
        id = "webshell.php-comment-weave"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "nursery"
        description = "A comment of random letters stands between each two words of the code"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $weave = /[\w"']\/\*\w{0,8}\*\/\(\/\*\w{0,8}\*\/["'$@]?\w{2,24}["']?\/\*\w{0,8}\*\/[(,)]/
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and #weave > 2
}

rule webshell_php_hidden_globals
{
    meta:
        id = "webshell.php-hidden-globals"
        clause = "3.1.3.7"
        severity = "medium"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "Each variable is reached over GLOBALS, whose name is written in escapes"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $escaped = /\$\{["'][GLOBAS]{0,6}\\(x[0-9a-f]{2}|[01]\d\d)([GLOBAS]|\\x[0-9a-f]{2}|\\[01]\d\d){0,6}["']\}[ \t]{0,2}\[["']/ nocase
        $request = /_(POST|GET|REQUEST|COOKIE)\b|base64_decode|eval[ \t]{0,2}\(|str_rot13|pack[ \t]{0,2}\(/
    condition:
        #escaped > 4 and $request
}

rule webshell_php_extract_call
{
    meta:
        id = "webshell.php-extract-call"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "The request becomes variables, and one of them is called at once"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $extract = /\b(extract|parse_str)[ \t]{0,4}\([ \t]{0,4}@?\$_(POST|GET|REQUEST|COOKIE)\b[^;]{0,40}\)[ \t]{0,4};[ \t\r\n]{0,8}(\$\w{1,24}[ \t]{0,4}=[ \t]{0,4})?@?\$\w{1,24}[ \t]{0,4}\(/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and $extract
}

rule webshell_php_exec_wrapper
{
    meta:
        id = "webshell.php-exec-wrapper"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A small script hands the request to a function of its own that only runs what it is given"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $wrapper = /function[ \t]{1,4}&?\w{1,24}[ \t]{0,4}\([ \t]{0,4}&?\$\w{1,24}[^)\r\n]{0,60}\)/ nocase
        $run = /[^\w>:$](shell_exec|exec|system|passthru|popen|proc_open|eval|assert|pcntl_exec)[ \t]{0,4}\([ \t@"'.]{0,6}(\?>["'][ \t]{0,2}\.[ \t]{0,2})?\$\w{1,24}/ nocase
        $given = /[^\w>:$](ex|exe|exec|ekse|cmd|command|shell|run|do|my|php|x?eval|evil|call|execute|wso|test|sh|[a-z])\w{0,16}[ \t]{0,4}\([ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[/ nocase
        $read = /\$\w{1,24}[ \t]{0,4}=[ \t]{0,4}(@|trim\(|stripslashes\(|urldecode\(|base64_decode\()?[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[[ \t]{0,4}["']?(c|cmd|command|cmdline|exec|code|codex|x|shell|p1|p2|php_?eval|evalcode|execute|run)["']?[ \t]{0,4}\]/ nocase
        $safe = /escapeshell(arg|cmd)|in_array[ \t]{0,4}\(|intval|is_numeric|ctype_|preg_match/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and not $safe and filesize < 4KB and ($given or $read)
        and for any i in (1..#wrapper) : ($run in (@wrapper[i]..@wrapper[i] + 300))
}

rule webshell_php_reflected_request
{
    meta:
        id = "webshell.php-reflected-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "The request is run through the reflection of a function"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $reflect = /new[ \t]{1,4}\\?Reflection(Function|Method)[ \t]{0,4}\(/ nocase
        $invoke = /->[ \t]{0,2}invoke(Args)?[ \t]{0,4}\(/ nocase
        $request = /\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,4}\[/ nocase
    condition:
        filesize < 8KB and for any i in (1..#reflect) : (
            $invoke in (@reflect[i]..@reflect[i] + 300) and $request in (@reflect[i] - 200..@reflect[i] + 300)
        )
}

// PHP that hides what it does: seen in the bytes as they are and in the script put together again.

rule webshell_php_run_flow
{
    meta:
        id = "webshell.php-run-flow"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "What the request brought is evaluated after it went through decoders, arrays or variables"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $eval = /[^\w>:$](eval|assert)[ \t]{0,4}\([^;\r\n]{0,160}(\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}[\[{]|\$_SERVER\)?\[|php:\/\/input|getallheaders[ \t]{0,2}\()/ nocase
        $run = /[^\w>:$](system|passthru|shell_exec|popen|proc_open)[ \t]{0,4}\([ \t@]{0,4}(\w{1,24}[ \t]{0,2}\([ \t]{0,2}){1,4}(\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}[\[{]|\$_SERVER\)?\[|php:\/\/input|getallheaders)/ nocase
        $escaped = /(system|passthru|shell_exec|popen|proc_open)[ \t]{0,4}\([ \t@]{0,4}(escapeshell|isset|empty|is_)/ nocase
        $compared = /assert[ \t]{0,4}\([^;\r\n]{0,80}(===|!==|==|instanceof|is_\w{1,10}[ \t]{0,2}\(|isset|in_array|&&)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and ($eval and not $compared or $run and not $escaped)
}

rule webshell_php_unknown_call
{
    meta:
        id = "webshell.php-unknown-call"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A function whose name is hidden is called with a value of the request and nothing else"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $call = /[^\w>:$]\$\w{1,40}[ \t]{0,4}\([ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[[^\]\r\n]{1,30}\][ \t]{0,4}\)/ nocase
        $new = /new[ \t]{1,4}\$\w{1,40}[ \t]{0,4}\([ \t]{0,4}@?\$_(GET|POST|REQUEST|COOKIE)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $call and not $new
}

rule webshell_php_own_decoder
{
    meta:
        id = "webshell.php-own-decoder"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A name that the script decodes from constants by itself is called as a function"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $call = /[^\w>:$'"][A-Za-z_]\w{0,40}\('[^'\r\n]{4,200}'(,'[^'\r\n]{0,80}'){0,3}\)\(/
        $own = /function[ \t]{1,4}\w{1,40}[ \t]{0,4}\(/ nocase
        $decode = /\b(ord|chr|hexdec|base64_decode|str_rot13|strrev|strtr|pack|hex2bin|bin2hex|urldecode)[ \t]{0,4}\(|\^/ nocase
        $known = /\b(require|include|import|app|config|resolve|createRequire|makeFactory)\(/
        $php_tag = /<\?php/ nocase
    condition:
        $php_tag and $own and $decode and #call > 0 and not $known
}

rule webshell_php_literal_command
{
    meta:
        id = "webshell.php-literal-command"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Text is evaluated that runs a command or reads the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $literal = /[^\w>:$](eval|assert)[ \t]{0,4}\([ \t@]{0,4}["'][ \t@;]{0,8}(return[ \t]{1,4})?@?(system|passthru|shell_exec|exec|popen|eval|assert|file_put_contents|fputs|fwrite|create_function|move_uploaded_file|base64_decode|gzinflate|include|require)[ \t]{0,4}\(?[ \t]{0,4}["'\\$(@]/ nocase
        $written = /(fw?rite|fputs|file_put_contents)[ \t]{0,4}\([^;\r\n]{0,160}<\?(php|=)?[ \t@]{0,8}(eval|assert|system|passthru|shell_exec|exec|include|\$_)[^;\r\n]{0,24}[$_]/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and any of ($literal, $written)
}

rule webshell_php_callback_filter
{
    meta:
        id = "webshell.php-callback-filter"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A filter hands a value of the request to a function that the request or a hidden name chooses"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $filter = /filter_(var|input)(_array)?[ \t]{0,4}\([ \t@]{0,4}[^;\r\n]{0,120}(FILTER_CALLBACK|,[ \t]{0,4}1024[ \t]{0,4},)[^;\r\n]{0,80}["\']options["\'][ \t]{0,4}=>[ \t]{0,4}["\'$]/ nocase
        $evals = /\b(eval|assert|create_function|system|passthru|shell_exec|preg_replace|include)\b[ \t]{0,4}\(?|\$_(GET|POST|REQUEST|COOKIE)[^;]{0,40}\)[ \t]{0,4}\)[ \t]{0,4};/ nocase
        $request = /\$\{?["\']?_(GET|POST|REQUEST|COOKIE)\b|INPUT_(GET|POST|COOKIE)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $filter and $request and $evals and filesize < 6000
}

rule webshell_php_windows_object
{
    meta:
        id = "webshell.php-windows-object"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "PHP makes a Windows object that adds accounts or runs programmes"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $com = /new[ \t]{1,4}COM[ \t]{0,4}\([ \t]{0,4}["\'](Shell\.Users|WScript\.Shell|Shell\.Application|winmgmts|ADODB\.Stream|Scripting\.FileSystemObject|Microsoft\.XMLHTTP)/ nocase
        $use = /->[ \t]{0,4}(exec|run|create|changePassword|ShellExecute|Create|SaveToFile|WriteText|CreateTextFile|NameSpace|OpenTextFile|MoveFile|CopyFile|DeleteFile)[ \t]{0,4}\(|->[ \t]{0,4}\w{1,20}[ \t]{0,4}\([^;]{0,60}\$_(GET|POST|REQUEST)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $com and $use
}

rule webshell_php_reverse_shell
{
    meta:
        id = "webshell.php-reverse-shell"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script connects out and hands the connection to a command interpreter"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $connect = /\b(fsockopen|pfsockopen|socket_connect|stream_socket_client)[ \t]{0,4}\([^;\r\n]{0,120}\$(ip|host|addr|port|ipaddr|target|lhost|sock|remote|rhost|server_?ip)|\b(fsockopen|stream_socket_client)[ \t]{0,4}\([ \t]{0,4}\$_(GET|POST|REQUEST)/ nocase
        $open = /\b(proc_open|popen|shell_exec|passthru|system|exec)[ \t]{0,4}\([ \t]{0,4}(["\']?(\/bin\/|cmd|uname|sh\b)|\$(shell|cmd|command|process|msg|input|buffer|c|read|line|data)\b|base64_decode|trim)/ nocase
        $pipes = /\$pipes[ \t]{0,2}\[[ \t]{0,2}[012][ \t]{0,2}\]/
        $shell = /\/bin\/(ba)?sh( -i)?|cmd(\.exe)?["\' \/]|connect(ing|ed)? (to|back)|reverse[ _-]?shell|back[ _-]?connect/ nocase
        $loop = /while[ \t]{0,4}\([^{;]{0,80}(feof|fgets|fread|socket_read|true|1)/ nocase
        $back = /\b(fwrite|fputs|socket_write)[ \t]{0,4}\([ \t]{0,4}\$(sock\w{0,6}|fp|s|conn\w{0,6}|ipp?|f)\b/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $connect and $open and $loop and ($pipes or $back) and $shell and filesize < 60000
}

rule webshell_php_reads_accounts
{
    meta:
        id = "webshell.php-reads-accounts"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A page shows the account file of its server"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $read = /\b(file_get_contents|readfile|fopen|include|require|file|show_source|highlight_file|fpassthru|copy|symlink|posix_getpwuid)[ \t]{0,4}\(?[ \t]{0,4}["\']\/etc\/(passwd|shadow|master\.passwd)["\']/ nocase
        $shown = /\b(echo|print|var_dump|die|exit)\b|<\?=|<pre>|readfile|show_source|highlight_file|symlink/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $read and $shown
}

rule webshell_php_fork_bomb
{
    meta:
        id = "webshell.php-fork-bomb"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script multiplies itself without end"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1499/"
        lane = "script"
    strings:
        $bomb = /(while[ \t]{0,4}\([ \t]{0,4}(1|true)[ \t]{0,4}\)|for[ \t]{0,4}\([ \t]{0,4};[ \t]{0,4};[ \t]{0,4}\))[ \t\r\n{]{0,12}(\$\w{1,12}[ \t]{0,2}=[ \t]{0,2})?pcntl_fork[ \t]{0,4}\([ \t]{0,4}\)[ \t]{0,4};[ \t\r\n}]{0,8}(\?>|$|pcntl_fork)/ nocase
        $shell = /["\'`][ \t]{0,2}:\(\)[ \t]{0,2}\{[ \t]{0,2}:[ \t]{0,2}\|[ \t]{0,2}:[ \t]{0,2}&[ \t]{0,2}\}[ \t]{0,2};[ \t]{0,2}:/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and any of ($bomb, $shell)
}

rule webshell_php_include_own_write
{
    meta:
        id = "webshell.php-include-own-write"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script writes PHP from the request into a file and includes it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $tag = /(file_put_contents|fw?rite|fputs)[ \t]{0,4}\([^;\r\n]{0,120}["\']<\?(php)?/ nocase
        $put = /(file_put_contents|fw?rite|fputs)[ \t]{0,4}\([^;\r\n]{0,120}(\$\w{1,24}|\$_(GET|POST|REQUEST|COOKIE)[^;\r\n]{1,40})[ \t]{0,4}(,[ \t]{0,4}FILE_APPEND[ \t]{0,4})?\)/ nocase
        $read = /=[ \t]{0,4}@?(base64_decode|gzinflate|str_rot13|stripslashes|urldecode|trim)?[ \t]{0,4}\(?[ \t]{0,4}\$_(GET|POST|REQUEST|COOKIE)[ \t]{0,2}\[/ nocase
        $include = /\b(include|require)(_once)?[ \t(]{1,6}(\$\w{1,24}|["\'][^"\'\r\n]{1,60}["\'])[ \t)]{0,4};/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $tag and $put and $read and $include and filesize < 4000
}

rule webshell_php_image_code
{
    meta:
        id = "webshell.php-image-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is kept in the notes of a picture and run"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $exif = /exif_read_data|read_exif_data|iptcparse|getimagesize/ nocase
        $run = /\bpreg_replace[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[[^\]\r\n]{1,30}\](\[[^\]\r\n]{1,30}\])?[ \t]{0,4},[ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[|[^\w>](eval|assert|create_function|system)[ \t]{0,4}\([^;\r\n]{0,60}\$\w{1,20}[ \t]{0,2}\[/ nocase
        $split = /=[ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[["\']?(COMPUTED|IFD0|Make|Model|COMMENT|UserComment|ImageDescription|APP13)["\']?\]/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $exif and ($run or ($split and $run)) and filesize < 20000
}

rule webshell_php_key_stream
{
    meta:
        id = "webshell.php-key-stream"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Orders of the request are decrypted with a key of the script and run"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $xor = /(\^|\bxor\b)[ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[[ \t]{0,2}\$?\w{0,12}[ \t]{0,2}(\+[ \t]{0,2}1[ \t]{0,2}&[ \t]{0,2}15|&[ \t]{0,2}15|%)|=[ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[[ \t]{0,2}\$\w{1,12}[ \t]{0,2}\+[ \t]{0,2}1[ \t]{0,2}&[ \t]{0,2}15/ nocase
        $aes = /openssl_decrypt[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}|mcrypt_decrypt[ \t]{0,4}\(/ nocase
        $input = /php:\/\/input|\$_(POST|COOKIE|REQUEST|SERVER)[ \t]{0,2}\[/ nocase
        $session = /\$_SESSION[ \t]{0,2}\[/
        $run = /[^\w>:$](eval|assert|create_function)[ \t]{0,4}\(|->[ \t]{0,4}\w{1,20}[ \t]{0,2}\([ \t]{0,2}\$\w{1,20}(\.["\']{2})?[ \t]{0,2}\)|call_user_func[ \t]{0,4}\(|__invoke|new[ \t]{1,4}C[ \t]{0,2}\(/ nocase
        $parts = /explode[ \t]{0,4}\([ \t]{0,4}["\']\|["\'][ \t]{0,4},|=[ \t]{0,4}["\'][0-9a-f]{16}["\'][ \t]{0,4};/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $input and $run and (($xor and $session) or ($aes and $session and $parts) or ($xor and $aes)) and filesize < 12000
}

rule webshell_php_alphabet_eval
{
    meta:
        id = "webshell.php-alphabet-eval"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is put back through an exchange of letters and evaluated"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $swap = /\bstrtr[ \t]{0,4}\([ \t]{0,4}[^;\r\n]{1,60},[ \t]{0,4}["\'][^"\'\r\n]{40,200}["\'][ \t]{0,4},[ \t]{0,4}["\'][^"\'\r\n]{40,200}["\'][ \t]{0,4}\)/ nocase
        $eval = /[^\w>:$](eval|assert|create_function)[ \t]{0,4}\([^;\r\n]{0,40}\$\w/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and for any i in (1..#swap) : ($eval in (@swap[i]..@swap[i] + 800))
}

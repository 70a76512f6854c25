// PHP that takes its orders from the request in ways of its own: names, readers, JSON, secrets.

rule webshell_php_named_call
{
    meta:
        id = "webshell.php-named-call"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A variable whose name is put together is called with another one"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $call = /\$\{[^{}\r\n]{1,40}\}[ \t]{0,2}[\[{][^\]}\r\n]{1,24}[\]}][ \t]{0,2}\([ \t]{0,2}@?\$[{_\w]/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $call and filesize < 8000
}

rule webshell_php_reader_eval
{
    meta:
        id = "webshell.php-reader-eval"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A function hands out values of the request by name, and what it handed out is evaluated"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $reader = /return[ \t]{1,4}\(?isset[ \t]{0,2}\([ \t]{0,2}\$_(COOKIE|POST|GET|REQUEST)[ \t]{0,2}\[[ \t]{0,2}\$\w{1,24}[ \t]{0,2}\][ \t]{0,2}\)[ \t]{0,2}\?[^;\r\n]{0,120};/ nocase
        $eval = /[^\w>:$](eval|assert|create_function)[ \t]{0,2}\([ \t]{0,2}(["\']{2}[ \t]{0,2},[ \t]{0,2})?\$\w{1,24}[ \t]{0,2}\)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $reader and $eval and filesize < 20000
}

rule webshell_php_json_command
{
    meta:
        id = "webshell.php-json-command"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Orders come as JSON in the body of the request and are run as commands or name the function that is called"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $json = /json_decode[ \t]{0,4}\([^;\r\n]{0,80}php:\/\/input/ nocase
        $named = /function_exists[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}\[/ nocase
        $run = /[^\w>:$](exec|shell_exec|system|passthru|popen|proc_open|eval|assert)[ \t]{0,4}\([ \t]{0,4}["\']?[^;\r\n"\']{0,40}\$\w/ nocase
        $escaped = /escapeshell(arg|cmd)/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $json and ($named or ($run and not $escaped)) and filesize < 40000
}

rule webshell_php_secret_gate
{
    meta:
        id = "webshell.php-secret-gate"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code in a site changes its pages or files for whoever sends the word whose fingerprint stands in it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $gate = /\$_(REQUEST|POST|GET|COOKIE)[ \t]{0,2}\[[ \t]{0,2}["\']?\w{1,20}["\']?[ \t]{0,2}\][ \t)]{0,4}===?[ \t]{0,4}["\'][0-9a-f]{32}["\']/ nocase
        $change = /(file_put_contents|fw?rite|fputs|eval|->[ \t]{0,4}query)[ \t]{0,4}\([^;]{0,300}\$_(REQUEST|POST|GET|COOKIE)/ nocase
        $later = /=[ \t]{0,4}@?(stripslashes|base64_decode|urldecode)[ \t]{0,4}\([ \t]{0,4}\$_(REQUEST|POST|GET|COOKIE)[^;]{1,40};[^}]{0,200}(file_put_contents|fw?rite|fputs|eval)[ \t]{0,4}\(/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $gate and ($change or $later) and filesize < 60000
}

rule webshell_php_file_worker
{
    meta:
        id = "webshell.php-file-worker"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A small page lists, shows and overwrites whatever file of the server the request names"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $list = /\b(opendir|scandir|glob|dir)[ \t]{0,4}\([ \t]{0,4}\$/ nocase
        $show = /<textarea[^;]{0,160}(file_get_contents|htmlspecialchars|fread|readfile|highlight_file)|(file_get_contents|fread)[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4}[,)][^;]{0,80}<\/textarea/ nocase
        $put = /\b(file_put_contents|fw?rite|fputs)[ \t]{0,4}\([ \t]{0,4}\$\w{1,24}[ \t]{0,4},[ \t]{0,4}(stripslashes[ \t]{0,4}\([ \t]{0,4})?(\$\w{1,24}[ \t]{0,4}\)|\$_(POST|REQUEST|GET)[ \t]{0,2}\[)/ nocase
        $order = /\$_(POST|GET|REQUEST)[ \t]{0,2}\[[ \t]{0,2}["\']?(f|p|d|dir|path|file|filename|filepath|cwd|folder)["\']?[ \t]{0,2}\]/ nocase
        $root = /\$_SERVER[ \t]{0,2}\[["\']?(DOCUMENT_ROOT|SCRIPT_FILENAME)|getcwd[ \t]{0,2}\(|__FILE__/
        $framework = /\b(namespace|use)[ \t]{1,4}[A-Z]\w{1,24}\\|defined[ \t]{0,2}\([ \t]{0,2}["\']|require_once|\$this->/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $list and $show and $put and $order and $root and not $framework and filesize < 30000
}

rule webshell_php_panel_module
{
    meta:
        id = "webshell.php-panel-module"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A module of a server panel for intruders"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $module = "$GLOBALS['module']['"
        $tab = "['js_ontabselected']"
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and #module > 3 and $tab
}

rule webshell_php_paste_fetch
{
    meta:
        id = "webshell.php-paste-fetch"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script fetches text from a paste site and keeps it as a file of its own server or runs it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $paste = /https?:\/\/(www\.)?(pastebin\.com\/raw|hastebin\.com\/raw|paste\.ee\/[rd]\/|ghostbin\.co|pastie\.org|rentry\.co|paste\.rs|dpaste\.(com|org)|p\.ip\.fi|termbin\.com|pastebin\.pl\/view\/raw|raw\.githubusercontent\.com\/[^"'\r\n]{1,120}(shell|xeon|backdoor|mini)[^"'\r\n]{0,40}\.(php|txt))/ nocase
        $keep = /\b(fw?rite|fputs|file_put_contents|copy|eval|assert|include|require)[ \t(]{1,4}/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $paste and $keep and filesize < 30000
}

rule webshell_chopper_answer
{
    meta:
        id = "webshell.chopper-answer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page answers in the form that remote-control programmes for webshells expect"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $open = "\"->|"
        $open_single = "'->|"
        $close = "|<-\""
        $close_single = "|<-'"
        $order = /\$_(POST|REQUEST|GET)[ \t]{0,2}\[|request[ \t]{0,2}[.(\[]|getParameter/ nocase
        $page = /<\?(php|=|[ \t\r\n])|<%/ nocase
    condition:
        $page and $order and any of ($open, $open_single) and any of ($close, $close_single) and filesize < 100000
}

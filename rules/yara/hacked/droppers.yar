// Code that brings more code to any server.

rule hacked_old_php_stand_in
{
    meta:
        id = "hacked.old-php-stand-in"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script that silences all logs brings its own stand-ins for file functions, as droppers for any server do"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $polyfill = /function_exists[ \t]{0,4}\([ \t]{0,4}["\']file_put_contents["\'][ \t]{0,4}\)/ nocase
        $function = /function[ \t]{1,4}file_put_contents[ \t]{0,4}\(/ nocase
        $quiet = /ini_set[ \t]{0,4}\([ \t]{0,4}["\'](error_log|log_errors)["\'][ \t]{0,4},[ \t]{0,4}(NULL|0|["\'])|@touch[ \t]{0,4}\(|\$payload\w{0,8}[ \t]{0,4}=|ALREADY_RUN_/ nocase
        $reach = /\$_(POST|COOKIE|SERVER|GET|REQUEST)\b|base64_decode|\\x[0-9a-f]{2}\\x[0-9a-f]{2}/ nocase
    condition:
        $polyfill and $function and $quiet and $reach
}

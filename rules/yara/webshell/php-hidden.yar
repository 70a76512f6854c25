// PHP webshells that hide what they run: decoders, split names, escaped names, odd variables.

rule webshell_php_decode_exec
{
    meta:
        id = "webshell.php-decode-exec"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "auto"
        description = "Two or more decoders unwrap a string that is run at once"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $chain = /\b(eval|assert)[ \t\r\n]{0,8}\([ \t\r\n"'?>.@]{0,16}((gzinflate|gzuncompress|gzdecode|base64_decode|str_rot13|strrev|rawurldecode|urldecode|convert_uudecode|hex2bin|stripslashes)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}@?){2,6}/ nocase
    condition:
        $chain
}

rule webshell_php_split_name
{
    meta:
        id = "webshell.php-split-name"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "The name of a dangerous function is put together from pieces"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $assert = /["'](a["'][ \t]{0,4}\.[ \t]{0,4}["']s{1,2}|as["'][ \t]{0,4}\.[ \t]{0,4}["']s|ass["'][ \t]{0,4}\.[ \t]{0,4}["']e|asse["'][ \t]{0,4}\.[ \t]{0,4}["']r|asser["'][ \t]{0,4}\.[ \t]{0,4}["']t)[srte"'. \t]{0,30}["']/ nocase
        $system = /["'](s["'][ \t]{0,4}\.[ \t]{0,4}["']y|sy["'][ \t]{0,4}\.[ \t]{0,4}["']s|sys["'][ \t]{0,4}\.[ \t]{0,4}["']t|syst["'][ \t]{0,4}\.[ \t]{0,4}["']e)[stem"'. \t]{0,30}["']/ nocase
        $base64 = /["'](b["'][ \t]{0,4}\.[ \t]{0,4}["']a|ba["'][ \t]{0,4}\.[ \t]{0,4}["']s|bas["'][ \t]{0,4}\.[ \t]{0,4}["']e|base["'][ \t]{0,4}\.[ \t]{0,4}["']6|base6["'][ \t]{0,4}\.[ \t]{0,4}["']4|base64["'][ \t]{0,4}\.[ \t]{0,4}["']_|base64_["'][ \t]{0,4}\.[ \t]{0,4}["']d)[base64_dco"'. \t]{0,60}["']/ nocase
        $create = /["'](c|cr|cre|crea|creat|create)["'][ \t]{0,4}\.[ \t]{0,4}["'][reat]{0,5}[reat_funcio"'. \t]{8,80}["']/ nocase
        $eval = /["'](e["'][ \t]{0,4}\.[ \t]{0,4}["']va?|ev["'][ \t]{0,4}\.[ \t]{0,4}["']al?|eva["'][ \t]{0,4}\.[ \t]{0,4}["']l)["'. \tal]{0,10}["'(]/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and any of ($assert, $system, $base64, $create, $eval)
}

rule webshell_php_escaped_name
{
    meta:
        id = "webshell.php-escaped-name"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "The name of a dangerous function or of the request is written in hexadecimal or octal escapes"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $eval = /(\\x65|\\145|e)(\\x76|\\166)(\\x61|\\141|a)(\\x6c|\\154|l)(\\x28|\\50|\\050|\()/ nocase
        $assert = /(\\x61|\\141)(\\x73|\\163|s)(\\x73|\\163|s)(\\x65|\\145|e)(\\x72|\\162|r)(\\x74|\\164|t)/ nocase
        $base64 = /(\\x62|\\142)(\\x61|\\141|a)(\\x73|\\163|s)(\\x65|\\145|e)(\\x36|\\66|\\066|6)(\\x34|\\64|\\064|4)(\\x5f|\\137|_)/ nocase
        $post = /(\\x5f|\\137|_)(\\x50|\\120)(\\x4f|\\117|O)(\\x53|\\123|S)(\\x54|\\124|T)\b/ nocase
        $globals = /\$\{["'](\\x47|\\107)(\\x4c|\\114|L)(\\x4f|\\117|O)(\\x42|\\102|B)/ nocase
        $system = /(\\x73|\\163)(\\x79|\\171|y)(\\x73|\\163|s)(\\x74|\\164|t)(\\x65|\\145|e)(\\x6d|\\155|m)["'(]/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and any of ($eval, $assert, $base64, $post, $globals, $system)
}

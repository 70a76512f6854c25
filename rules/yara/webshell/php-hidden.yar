// PHP that hides what it runs: decoders, split names, escaped names, ciphers.

rule webshell_php_decode_exec
{
    meta:
        id = "webshell.php-decode-exec"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Two or more decoders unwrap a string that is run at once"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $chain = /\b(eval|assert)[ \t\r\n]{0,8}\([ \t\r\n"'?>.@]{0,16}((gzinflate|gzuncompress|gzdecode|bzdecompress|base64_decode|str_rot13|strrev|rawurldecode|urldecode|convert_uudecode|hex2bin|stripslashes)[ \t\r\n]{0,8}\([ \t\r\n]{0,8}@?){2,6}/ nocase
    condition:
        $chain
}

rule webshell_php_base64_code
{
    meta:
        id = "webshell.php-base64-code"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "PHP code in base64 that reads the request, runs commands or decodes further code"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $post = "$_POST[" base64
        $request = "$_REQUEST[" base64
        $cookie = "$_COOKIE[" base64
        $get = "$_GET[" base64
        $files = "$_FILES[" base64
        $server = "$_SERVER[" base64
        $shell = "shell_exec(" base64
        $passthru = "passthru(" base64
        $upload = "move_uploaded_file" base64
        $quiet = "error_reporting(0)" base64
        $eval = "eval(" base64
        $decode = "base64_decode(" base64
        $inflate = "gzinflate(" base64
        $curl = "curl_exec(" base64
        $socket = "fsockopen(" base64
        $run = /[^\w>](eval|assert|create_function|base64_decode|call_user_func|preg_replace)[ \t]{0,4}\(/ nocase
        $direct = /[^\w>](eval|assert)[ \t]{0,4}\([ \t"'?>.@]{0,12}(base64_decode|\$\w{1,20})[ \t]{0,4}\(/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and $run and (
            2 of ($post, $request, $cookie, $get, $files, $server, $shell, $passthru, $upload, $quiet, $eval, $decode, $inflate, $curl, $socket)
            or ($direct and any of ($post, $request, $cookie, $get, $files, $server, $shell, $passthru, $upload, $quiet, $eval, $decode, $inflate, $curl, $socket))
        )
}

rule webshell_php_long_literal
{
    meta:
        id = "webshell.php-long-literal"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A long encoded literal is evaluated or made a function"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $escapes = /(\\x[0-9a-f]{2}){24}|(\\\d{2,3}|\\x[0-9a-f]{2}){24}/ nocase
        $eval = /[^\w>](eval|assert|create_function)[ \t]{0,4}\(/ nocase
        $single = /[^\w>]eval[ \t]{0,4}\([ \t"'?>.@]{0,12}(base64_decode|gzinflate|gzuncompress|str_rot13|strrev|urldecode|rawurldecode|hex2bin|convert_uudecode)[ \t]{0,4}\([ \t]{0,4}["']?[A-Za-z0-9+\/%]{40}/ nocase
        $lines = /'[A-Za-z0-9+\/=]{40,80}'[ ]?\.[\r\n]{1,2}[ \t]{0,8}'[A-Za-z0-9+\/=]{40,80}'[ ]?\.[\r\n]{1,2}[ \t]{0,8}'[A-Za-z0-9+\/=]{40,80}'/
        $keyed = /[^\w>]eval[ \t]{0,4}\([ \t]{0,4}\w{3,30}[ \t]{0,4}\([ \t]{0,4}(base64_decode|gzinflate|gzuncompress|str_rot13|hex2bin)[ \t]{0,4}\([ \t]{0,4}["'$]/ nocase
        $variable = /[^\w>]eval[ \t]{0,4}\([ \t"'.?>]{0,8}\$\w{1,24}[ \t]{0,4}\([ \t]{0,4}["'$]/ nocase
        $chars = /[^\w>]eval[ \t]{0,4}\([ \t]{0,4}(chr[ \t]{0,2}\(|"\\x|"\\1|\$\{)/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($single or $chars or $keyed or $variable or ($eval and ($escapes or $lines)))
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
        $assert = /["'](a('\.'|"\."|' \. '|" \. ")s{1,2}|as('\.'|"\."|' \. '|" \. ")s|ass('\.'|"\."|' \. '|" \. ")e|asse('\.'|"\."|' \. '|" \. ")r|asser('\.'|"\."|' \. '|" \. ")t|s('\.'|"\."|' \. '|" \. ")s('\.'|"\."|' \. '|" \. ")e|s('\.'|"\."|' \. '|" \. ")e('\.'|"\."|' \. '|" \. ")r)[srte"'. ]{0,30}["']/ nocase
        $system = /["'](s('\.'|"\."|' \. '|" \. ")y|sy('\.'|"\."|' \. '|" \. ")s|sys('\.'|"\."|' \. '|" \. ")t|syst('\.'|"\."|' \. '|" \. ")e)[stem"'. ]{0,30}["']/ nocase
        $base64 = /["'](b('\.'|"\."|' \. '|" \. ")a|ba('\.'|"\."|' \. '|" \. ")s|bas('\.'|"\."|' \. '|" \. ")e|base('\.'|"\."|' \. '|" \. ")6|base6('\.'|"\."|' \. '|" \. ")4|base64('\.'|"\."|' \. '|" \. ")_|base64_('\.'|"\."|' \. '|" \. ")(d|de|dec))[base64_dco"'. ]{0,60}["']/ nocase
        $create = /["'](cre('\.'|"\."|' \. '|" \. ")a|crea('\.'|"\."|' \. '|" \. ")t|create('\.'|"\."|' \. '|" \. ")_|create_('\.'|"\."|' \. '|" \. ")(f|func)|create('\.'|"\."|' \. '|" \. ")_f)[reat_funcio"'. ]{6,80}["']/ nocase
        $eval = /["'](e('\.'|"\."|' \. '|" \. ")va?|ev('\.'|"\."|' \. '|" \. ")al?|eva('\.'|"\."|' \. '|" \. ")l)['". al]{0,10}["'(]/ nocase
        $post = /["']_?(_P('\.'|"\."|' \. '|" \. ")O|_PO('\.'|"\."|' \. '|" \. ")S|_POS('\.'|"\."|' \. '|" \. ")T|_('\.'|"\."|' \. '|" \. ")P|P('\.'|"\."|' \. '|" \. ")O('\.'|"\."|' \. '|" \. ")S|_G('\.'|"\."|' \. '|" \. ")E|_GE('\.'|"\."|' \. '|" \. ")T|_R('\.'|"\."|' \. '|" \. ")E|_RE('\.'|"\."|' \. '|" \. ")Q)/
        $reversed = /["'](edoced_46esab|noitcnuf_etaerc|metsys|etalfnizg|urhtssap|cexe_llehs|ecalper_gerp)["']/ nocase
        $rot13 = /["'][^"'\r\n]{0,60}(\$_CBFG|\$_ERDHRFG|\$_TRG\[|\$_PBBXVR|riny[ ]?\(|nffreg[ ]?\(|onfr64_qrpbqr|tmvasyngr|flfgrz[ ]?\()/
        $backwards = /TSOP_\$|TSEUQER_\$|EIKOOC_\$|\(edoced_46esab|\(lave["']|\(etalfnizg/
        $number = /["']base["'][ ]?\.[ ]?[($][\w*+ ()-]{1,16}[ ]?\.[ ]?["']_?de/ nocase
        $inner = /(base|bas)('\.'|"\."|' \. '|" \. ")e?64|base6('\.'|"\."|' \. '|" \. ")4|base64('\.'|"\."|' \. '|" \. ")_|base64_('\.'|"\."|' \. '|" \. ")d|gz(in|i|u|inf|infl)?('\.'|"\."|' \. '|" \. ")(inflate|flate|nflate|late|ate|ncompress)/ nocase
        $halves = /strrev[ \t]{0,2}\([ \t]{0,2}["'](edoced|esab|tressa|lave|metsys|etalf|noitc|cexe)/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and any of ($assert, $system, $base64, $create, $eval, $post, $reversed, $rot13, $backwards, $halves, $number, $inner)
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
        $mixed = /\\(x6[125]|14[125]|x73|163|x5f|137|x36|66|x34|64)[base64_dco\\x\d]{0,48}(o|\\x6f|\\157)(d|\\x64|\\144)(e|\\x65|\\145)["']/
        $post = /(\\x5f|\\137|_)(\\x50|\\120)(\\x4f|\\117|O)(\\x53|\\123|S)(\\x54|\\124|T)\b/ nocase
        $globals = /\$\{["'](\\x47|\\107|G)(\\x4c|\\114|L)(\\x4f|\\117|O)(\\x42|\\102|B)(\\x41|\\101|A)(\\x4c|\\114|L)(\\x53|\\123|S)["']\}[ \t]{0,4}\[[^\]]{1,40}\][ \t]{0,4}(\[|=)/ nocase
        $evals = /[^\w>](eval|assert|create_function|call_user_func)[ \t]{0,4}\(/ nocase
        $system = /(\\x73|\\163)(\\x79|\\171|y)(\\x73|\\163|s)(\\x74|\\164|t)(\\x65|\\145|e)(\\x6d|\\155|m)["'(]/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (any of ($eval, $assert, $base64, $mixed, $post, $system) or ($globals and $evals))
}

rule webshell_php_picked_letters
{
    meta:
        id = "webshell.php-picked-letters"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Names are put together letter by letter from codes, from an alphabet or by XOR"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $codes = /(chr[ \t]{0,2}\([ \t]{0,2}(9[5-9]|1[01]\d|12[0-2]|0x[67][0-9a-f])[ \t]{0,2}\)[ \t]{0,4}\.[ \t]{0,4}){5,}/ nocase
        $chosen = /\)\.\$\w{1,20}\((9[5-9]|1[01]\d|12[0-2])\)\.\$\w{1,20}\((9[5-9]|1[01]\d|12[0-2])\)\.\$\w{1,20}\(/
        $indexed = /[\[{]\d{2,3}(\]\.|\}\.|\] \. |\} \. )\$\{?["']?\w{1,20}["']?\}?(\[["'][\w]{1,16}["']\])?[\[{]\d{1,3}[\]}] ?\. ?\$\{?["']?\w{1,20}["']?\}?(\[["'][\w]{1,16}["']\])?[\[{]\d{1,3}[\]}] ?\. ?\$\{?["']?\w{1,20}["']?\}?(\[["'][\w]{1,16}["']\])?[\[{]\d{1,3}[\]}] ?\. ?\$/
        $xored = /chr[ \t]{0,2}\(\d{1,3}[ \t]{0,2}\^[ \t]{0,2}\d{1,3}\)|chr\(\d{1,3}\)[ \t]{0,4}\^[ \t]{0,4}chr\(\d{1,3}\)/ nocase
        $literal = /["'][^\w"'\r\n]{1,20}('\^'|"\^"|' \^ '|" \^ ")[^"'\r\n]{1,20}["'][ \t]{0,2}[;).]/
        $negated = /(\(~"|\(~'|=~"|=~'|= ~"|= ~'|\[~")[\x80-\xff]{3,24}["'][ \t]{0,2}[;)\]]/
        $full = /<\?php[ \t\r\n]{1,8}[\x20-\x7e]{4}/ nocase
        $percent = /(\(~"|\(~')(%[0-9a-f]{2}|\\x[89a-f][0-9a-f]){3}/ nocase
        $bitwise = /[^ ,(=.\[:?]('\|'|'&'|'\^'|'\|"|'&"|'\^"|"\|'|"&'|"\^')[^,) '"\r\n]/
        $bitxor = /[^ ,(=.\[:?]('\^'|'\^"|"\^'|"\^")[^,) '"\r\n]/
        // a hardware address is cut by single digits too; an alphabet to pick names from is longer than ten letters
        $cased = /strto(upper|lower)[ \t]{0,2}\([ \t]{0,2}(\$\w{1,20}[ \t]{0,2}[\[{][ \t]{0,2}\d[ \t]{0,2}[\]}][ \t]{0,2}\.[ \t]{0,2}){0,6}\$\w{1,20}[ \t]{0,2}[\[{][ \t]{0,2}\d{2,3}[ \t]{0,2}[\]}][ \t]{0,2}(\.|\))/ nocase
        $plus = /\+\+;[ \t\r\n]{0,4}\$_{1,8}\+\+;[ \t\r\n]{0,4}\$_{1,8}\+\+;/
        $reckoned = /\[\([\d+*\/() -]{3,30}\)\][ ]?\.[ ]?\$\w{1,20}\[\([\d+*\/() -]{3,30}\)\][ ]?\.[ ]?\$\w{1,20}\[/
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (any of ($codes, $chosen, $indexed, $xored, $percent, $plus, $cased, $reckoned) or ($full and ($literal or $negated)) or ($full and #bitwise > 8 and #bitxor > 1))
}

rule webshell_php_token_noise
{
    meta:
        id = "webshell.php-token-noise"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is cut into pieces that are cleaned of a filler word and then made a function"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $word = /str_i?replace[ \t]{0,4}\([ \t]{0,4}["'][^"'\r\n]{1,8}["'][ \t]{0,4},[ \t]{0,4}["']["'][ \t]{0,4},[ \t]{0,4}["'][^"'\r\n ]{6,80}["'][ \t]{0,4}\)/ nocase
        $pieces = /str_i?replace[ \t]{0,4}\([ \t]{0,4}["'][^"'\r\n]{1,8}["'][ \t]{0,4},[ \t]{0,4}["']["'][ \t]{0,4},[ \t]{0,4}(\$\w{1,12}[ \t]{0,2}\.[ \t]{0,2}){2,}/ nocase
        $make = /\$\w{1,20}(\(''|\(""|\( ''|\( "") ?, ?["'$]/
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($pieces or (#word > 0 and ($make or #word > 1)))
}

rule webshell_php_encoded_tool
{
    meta:
        id = "webshell.php-encoded-tool"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A script carries a programme of another language or PHP code in base64 and writes or runs it"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $perl = "#!/usr/bin/perl" base64
        $env = "#!/usr/bin/env " base64
        $sh = "#!/bin/sh" base64
        $bash = "#!/bin/bash" base64
        $c = "#include <std" base64
        $php = /["']PD9waH[A-Za-z0-9+\/]{6}/
        $write = /fw?rite[ \t]{0,4}\(|fputs[ \t]{0,4}\(|file_put_contents[ \t]{0,4}\(|[^\w>]eval[ \t]{0,4}\(|[^\w>]assert[ \t]{0,4}\(/ nocase
        $decode = /base64_decode[ \t]{0,4}\(/ nocase
        $page = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $page and $write and $decode and any of ($perl, $env, $sh, $bash, $c, $php)
}

rule webshell_php_char_map
{
    meta:
        id = "webshell.php-char-map"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is decoded through a table of characters or a repeated key and run"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $map = /isset[ \t]{0,2}\([ \t]{0,2}\$\w{1,30}[ \t]{0,2}\[[ \t]{0,2}\$\w{1,30}[ \t]{0,2}[\[{][ \t]{0,2}\$?\w{1,20}[ \t]{0,2}[\]}][ \t]{0,2}\][ \t]{0,2}\)[ \t]{0,4}\?[ \t]{0,4}\$\w{1,30}[ \t]{0,2}\[/
        $keyed = /\^[ \t]{0,4}\$\w{1,30}[ \t]{0,2}[\[{][ \t]{0,2}\$\w{1,30}[ \t]{0,2}%[ \t]{0,2}(strlen|count|sizeof)[ \t]{0,2}\(/ nocase
        $session = /\^[ \t]{0,4}\$\w{1,20}[ \t]{0,2}\[[ \t]{0,2}\$\w{1,12}[ \t]{0,2}(\+1&15\]|\+ 1 & 15\]|\+1 & 15\])/
        $run = /[^\w>](eval|assert|create_function)[ \t]{0,4}\(|@?unserialize[ \t]{0,4}\([ \t]{0,4}\w{1,30}[ \t]{0,4}\(|\$\w{1,30}(\(''|\(""),/ nocase
        $input = /\$_(POST|COOKIE|REQUEST|GET)\b|php:\/\/input/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($session or ($map and $run) or ($keyed and $run and $input))
}

// PHP that acts on variables nobody set, shifts its code letter by letter, or writes through a database's service.

rule webshell_php_shift_decoder
{
    meta:
        id = "webshell.php-shift-decoder"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Code is unpacked, shifted letter by letter by a function of the script and evaluated"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1027/"
        lane = "script"
    strings:
        $shift = /chr[ \t]{0,2}\([ \t]{0,2}ord[ \t]{0,2}\([^;\r\n]{0,40}\)[ \t]{0,2}[-+^][ \t]{0,2}\d{1,3}[ \t]{0,2}\)/ nocase
        $unpack = /(gzinflate|gzuncompress|gzdecode|base64_decode)[ \t]{0,2}\(/ nocase
        $eval = /[^\w>:$]eval[ \t]{0,2}\([ \t]{0,2}\w{1,24}[ \t]{0,2}\([ \t]{0,2}["'][A-Za-z0-9+\/]{20}/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $shift and $unpack and $eval
}

rule webshell_php_globals_panel
{
    meta:
        id = "webshell.php-globals-panel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page removes, makes or renames whatever a variable names that only the request can have set"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $act = /\bif[ \t]{0,2}\([ \t]{0,2}\$\w{1,24}[ \t]{0,2}(>|!=|<>)[ \t]{0,2}["']{2}[ \t]{0,2}\)[ \t]{0,2}\{?[ \t\r\n]{0,8}@?(unlink|rmdir|mkdir|rename|copy|chmod)[ \t]{0,2}\([^;\r\n]{0,40}\$/ nocase
        $tag = /<\?(php|=|if|[ \t\r\n])/ nocase
    condition:
        $tag and #act > 1
}

rule webshell_mof_writer
{
    meta:
        id = "webshell.mof-writer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page writes a description of events for Windows to run through a database"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1546/003/"
        lane = "script"
    strings:
        $mof = /wbem[\/\\]{1,4}mof/ nocase
        $write = /into[ ]{1,3}(dumpfile|outfile)/ nocase
        $page = /<\?(php|=|[ \t\r\n])|<%|runat[ \t]{0,4}=/ nocase
    condition:
        all of them
}

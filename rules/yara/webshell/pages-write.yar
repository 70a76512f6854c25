// Pages of other kinds that evaluate or write what the request brings.

rule webshell_jscript_eval
{
    meta:
        id = "webshell.jscript-eval"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page in JScript that is hardly more than an evaluation"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $page = /<%@[ \t]{0,4}page[ \t]{1,4}language[ \t]{0,4}=[ \t]{0,4}["']?jscript/ nocase
        $eval = /\beval[ \t\r\n]{0,8}\(/
        $runat = /<asp:|runat[ \t]{0,4}=/ nocase
    condition:
        $page and $eval and not $runat and filesize < 3000
}

rule webshell_jsp_log_writer
{
    meta:
        id = "webshell.jsp-log-writer"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page writes into a file that the request names by way of a log"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $log = /FileHandler[ \t]{0,2}\([^;\r\n]{0,160}getParameter[ \t]{0,2}\(/
        $page = "<%"
    condition:
        all of them and filesize < 20000
}

rule webshell_jsp_write_variable
{
    meta:
        id = "webshell.jsp-write-variable"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page writes the text of the request into the file that the request names"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $path = /=[ \t]{0,4}request\.getParameter[ \t]{0,2}\([ \t]{0,2}"(path|f|file|filename|filepath|p)"/
        $text = /=[ \t]{0,4}request\.getParameter[ \t]{0,2}\([ \t]{0,2}"(content|c|t|text|data|body|code)"/
        $write = /new[ \t]{1,4}(java\.io\.)?(FileOutputStream|FileWriter|RandomAccessFile)[ \t]{0,2}\([ \t]{0,2}(path|f|file|filename|filepath|p|new[ \t]{1,4}File)\b/ nocase
        $package = /^[ \t]{0,4}package[ \t]/
        $page = "<%"
    condition:
        $page and $path and $text and $write and not $package and filesize < 20000
}

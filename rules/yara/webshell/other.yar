// Webshells in JSP, ASP, ASP.NET.

rule webshell_jsp_exec_request
{
    meta:
        id = "webshell.jsp-exec-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A JSP page runs a command that comes with the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $exec = /\.getRuntime[ \t]{0,4}\([ \t]{0,4}\)[ \t\r\n]{0,8}\.[ \t]{0,4}exec[ \t]{0,4}\(/
        $builder = /new[ \t]{1,4}(java\.lang\.)?ProcessBuilder[ \t]{0,4}\(/
        $request = /request[ \t]{0,4}\.[ \t]{0,4}get(Parameter|Header|InputStream|Reader|QueryString|Cookies)/
        $page = /<%|<jsp:/
    condition:
        ($exec or $builder) and $request and $page
}

rule webshell_jsp_load_class
{
    meta:
        id = "webshell.jsp-load-class"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A JSP page defines a class from bytes of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $define = "defineClass"
        $request = /request[ \t]{0,4}\.[ \t]{0,4}(get(Parameter|Header|InputStream|Reader)|getMethod)/
        $page = /<%|<jsp:/
    condition:
        all of them
}

rule webshell_asp_run_request
{
    meta:
        id = "webshell.asp-run-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Classic ASP evaluates a value of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $run = /\b(eval|execute|executeglobal)[ \t]{0,8}[( \t"&]{1,8}[ \t("&]{0,8}request\b[ \t]{0,4}[.(]/ nocase
    condition:
        $run
}

rule webshell_aspx_run_request
{
    meta:
        id = "webshell.aspx-run-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "An ASP.NET page evaluates, loads or starts what the request brings"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $eval = /\beval[ \t]{0,4}\([^;\r\n]{0,80}\brequest\b[^;\r\n]{0,120}["']unsafe["']/ nocase
        $load = /Assembly[ \t]{0,4}\.[ \t]{0,4}Load[ \t]{0,4}\([^;\r\n]{0,200}\b(Request|Decrypt|FromBase64String|TransformFinalBlock)\b/ nocase
        $start = /\bProcess(StartInfo)?\b/
        $cmd = /["'](c:\\{1,2}windows\\{1,2}system32\\{1,2})?cmd(\.exe)?["']/ nocase
        $redirect = "RedirectStandardOutput" nocase
        $shell = "UseShellExecute" nocase
        $page = /<%@[ \t]{0,4}(page|webhandler|webservice|import)/ nocase
        $in = /\bRequest[ \t]{0,4}[.\[(]|runat[ \t]{0,4}=[ \t]{0,4}["']?server/ nocase
    condition:
        $eval or ($page and $load) or ($page and $start and $cmd and $redirect and $shell and $in)
}

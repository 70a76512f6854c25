// Webshells in JSP.

rule webshell_jsp_exec_request
{
    meta:
        id = "webshell.jsp-exec-request"
        clause = "3.1.3.7"
        severity = "critical"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A JSP page runs commands"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $runtime = /\.getRuntime[ \t]{0,4}\([ \t]{0,4}\)/
        $exec = /\bexec[ \t]{0,4}\(/
        $careless = /\bgetruntime[ \t]{0,4}\([ \t]{0,4}\)[ \t]{0,4}\.[ \t]{0,4}exec/ nocase
        $builder = /new[ \t]{1,4}(java\.lang\.)?ProcessBuilder[ \t]{0,4}\(/
        $names = /["'](java\.lang\.)?(Runtime|ProcessBuilder|ProcessImpl|UNIXProcess)["']/
        $reflect = /\.invoke[ \t]{0,4}\(|forName[ \t]{0,4}\(|newInstance[ \t]{0,4}\(/
        $request = /request[ \t]{0,4}\.[ \t]{0,4}get(Parameter|Header|InputStream|Reader|QueryString|Cookies|Attribute)|\$\{[ \t]{0,4}param[.\[]/
        $shell = /\/bin\/(ba)?sh|cmd(\.exe)?["' ]|\/dev\/tcp\//
        $page = /<%|<jsp:|<c:set|xmlns:jsp/
    condition:
        $page and ($careless or (($runtime and $exec) or $builder) and ($request or $shell) or ($names and $reflect and $request))
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
        description = "A JSP page defines a class or evaluates an expression from bytes of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $define = /defineClass|defineAnonymousClass/
        $engine = /ScriptEngineManager|ELProcessor|SpelExpressionParser|JavaCompiler|ToolProvider|URLClassLoader|\$\$BCEL\$\$|bcel\.internal|ExpressionFactory|GroovyShell|jshell/
        $loader = /extends[ \t]{1,4}(java\.lang\.)?ClassLoader/
        $request = /request[ \t]{0,4}\.[ \t]{0,4}(get(Parameter|Header|InputStream|Reader|Cookies|Attribute)|getMethod)|\$\{[ \t]{0,4}param[.\[]|\.getParameter[ \t]{0,4}\(|getReader[ \t]{0,4}\(/
        $bytes = /BASE64Decoder|Base64|DatatypeConverter|Cipher\.getInstance|GZIPInputStream|decodeBuffer/
        $evals = /\.eval[ \t]{0,4}\(|getValue[ \t]{0,4}\(|parseExpression|newInstance[ \t]{0,4}\(|\.invoke[ \t]{0,4}\(|loadClass[ \t]{0,4}\(|\.evaluate[ \t]{0,4}\(/
        $page = /<%|<jsp:|xmlns:jsp/
    condition:
        $page and $request and (($define and ($bytes or $loader or $evals)) or ($engine and $evals))
}

rule webshell_jsp_write_request
{
    meta:
        id = "webshell.jsp-write-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A JSP page writes a file whose name comes with the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $direct = /new[ \t]{1,4}(java\.io\.)?(RandomAccessFile|FileOutputStream|FileWriter|PrintWriter)[ \t]{0,4}\([^;]{0,120}request[ \t]{0,4}\.[ \t]{0,4}getParameter/
        $open = /new[ \t]{1,4}(java\.io\.)?(FileOutputStream|FileWriter|RandomAccessFile)[ \t]{0,4}\(/
        $file = /new[ \t]{1,4}(java\.io\.)?File[ \t]{0,4}\([ \t]{0,4}\w{1,12}[ \t]{0,4}\)/
        $path = /getParameter[ \t]{0,4}\([ \t]{0,4}"(path|file|f|filename|filepath|dir|savepath|url|z1|t)"/
        $content = /getParameter[ \t]{0,4}\([ \t]{0,4}"(content|text|data|t|c|z2|code|body|cont)"/
        $write = /\.(write|print|println)[ \t]{0,4}\([ \t]{0,4}\w{1,16}(\.getBytes[ \t]{0,4}\(|[ \t]{0,4}\))/
        $variable = /new[ \t]{1,4}(java\.io\.)?(FileOutputStream|FileWriter|RandomAccessFile)[ \t]{0,4}\([ \t]{0,4}\w{1,16}[ \t]{0,4}[,)]/
        $parameter = /getParameter[ \t]{0,4}\(/
        $own = /getRealPath|getRequestURI|getServletPath/
        $area = /<textarea/ nocase
        $remote = /new[ \t]{1,4}(java\.net\.)?URL[ \t]{0,4}\([ \t]{0,4}request[ \t]{0,4}\.[ \t]{0,4}getParameter/
        $page = /<%|<jsp:/
    condition:
        $page and ($direct or ($open and $remote) or ($open and $path and $content and $write and $file) or ($variable and $write and #parameter > 1 and $own and $area))
}

rule webshell_tunnel
{
    meta:
        id = "webshell.tunnel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page forwards raw connections into the network behind the server"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1572/"
        lane = "any"
    strings:
        $status = "X-STATUS"
        $error = "X-ERROR"
        $command = "X-CMD"
        $target = "X-TARGET"
        $port = "X-PORT"
        $socket = /SocketChannel|new Socket[ \t]{0,2}\(|socket_create|fsockopen|AF_INET|TcpClient/
        $page = /<%|<\?php/ nocase
    condition:
        $page and $socket and 2 of ($status, $error, $command, $target, $port)
}

rule webshell_jsp_hidden
{
    meta:
        id = "webshell.jsp-hidden"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A JSP page is written in Unicode escapes or opens a shell over a socket"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $escapes = /(\\u00[2-7][0-9a-f]){12}/
        $socket = /new[ \t]{1,4}(java\.net\.)?Socket[ \t]{0,4}\(/
        $shell = /\/bin\/(ba)?sh|cmd\.exe|getRuntime[ \t]{0,4}\(/
        $page = /<%|<jsp:/
        $utf = /[^\w]\\u00[2-7][0-9a-f]/
        $cdata = /(<!\[CDATA\[[^\]]{1,3}\]\]>){4}/
    condition:
        $page and ((#escapes > 2 and $utf) or ($socket and $shell) or $cdata)
}

rule webshell_jsp_panel
{
    meta:
        id = "webshell.jsp-panel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A JSP page that browses the server and its databases at the orders of the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $parameter = /getParameter[ \t]{0,4}\(/
        $roots = /File\.listRoots|listRoots[ \t]{0,4}\(/
        $list = /\.listFiles[ \t]{0,4}\(/
        $change = /\.delete[ \t]{0,4}\([ \t]{0,4}\)|\.renameTo[ \t]{0,4}\(|\.setLastModified[ \t]{0,4}\(/
        $driver = /Class\.forName[ \t]{0,4}\([ \t]{0,4}(request|\w{1,12})[ \t.)\[]/
        $connect = /DriverManager\.getConnection[ \t]{0,4}\([ \t]{0,4}(request|\w{1,12}[ \t.,)\[])/
        $schema = /getCatalogs|getTables|getMetaData|SHOW (TABLES|DATABASES)|sysobjects|information_schema/ nocase
        $dump = /getTables[ \t]{0,4}\([ \t]{0,4}null|DBA_TABLES/
        $write = /FileOutputStream|FileWriter/
        $any_connection = "DriverManager.getConnection"
        $exec = /getRuntime[ \t]{0,4}\(|ProcessBuilder/
        $zip = /ZipOutputStream|GZIPOutputStream/
        $proxy = /ServerSocket[ \t]{0,4}\(|SocketChannel|new[ \t]{1,4}Socket[ \t]{0,4}\(/
        $props = /System\.getPropert(y|ies)/
        $page = /<%|<jsp:/
    condition:
        $page and (($dump and $any_connection and ($write or $parameter)) or $parameter and (
            ($roots and $list and ($change or $exec or $props))
            or ($driver and $connect and $schema)
            or ($list and $exec and $change)
            or ($list and $change and $zip and ($proxy or $driver))
            or ($proxy and ($exec or $roots))
            or ($driver and $connect and $roots)
        ))
}

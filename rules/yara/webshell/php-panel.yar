// PHP panels that put a server into a stranger's hands.

rule webshell_php_exec_choice
{
    meta:
        id = "webshell.php-exec-choice"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Code that tries one command runner of PHP after the other"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $a = /[^\w>:$]shell_exec[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $b = /[^\w>:$]passthru[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $c = /[^\w>:$]system[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $d = /[^\w>:$]popen[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $e = /[^\w>:$]proc_open[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $f = /[^\w>:$]exec[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $any = /[^\w>:$](shell_exec|passthru|system|popen|proc_open|exec)[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and for any i in (1..#any) : (3 of ($a, $b, $c, $d, $e, $f) in (@any[i]..@any[i] + 1500))
}

rule webshell_php_command_form
{
    meta:
        id = "webshell.php-command-form"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "A form asks for a command and a variable of that name is run"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $field = /<input[^>]{0,80}name[ \t]{0,2}=[ \t]{0,2}\\?["']?(cmd|command|komut|comando|exec|shell|cmdline|shellcmd|sh)\b/ nocase
        $run = /[^\w>:$](system|passthru|shell_exec|exec|popen|proc_open)[ \t\r\n]{0,8}\([ \t@"'\\.(]{0,8}[^;()]{0,30}\$\w{0,3}(cmd|command|komut|comando|exec|shell|run|c)\b/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        all of them
}

rule webshell_php_config_thief
{
    meta:
        id = "webshell.php-config-thief"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page links or reads the configurations and mailboxes of other accounts of the host"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $symlink = /symlink[ \t]{0,2}\(/ nocase
        $accounts = /\/etc\/(passwd|named\.conf|valiases|virtual)/
        $configs = /public_html|wp-config|configuration\.php/
        $panel = /:?20(82|83|86|87)\b/
        $try = /curl_setopt|fsockopen|ftp_login/ nocase
        $brute = /brute|crack/ nocase
        $list = /explode[ \t]{0,2}\(|[^\w]file[ \t]{0,2}\(/ nocase
        $cpanel = "cpanel" nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (($symlink and ($accounts or #configs > 3)) or ($panel and $try and $brute and $list and $cpanel))
}

rule webshell_database_takeover
{
    meta:
        id = "webshell.database-takeover"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page uses a database or FTP service to write files and run commands of the system"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "any"
    strings:
        $dump = /into[ ](dumpfile|outfile)/ nocase
        $library = /4D5A90000300|7F454C4602|lib_mysqludf|sys_eval|mysql\.func|udf\.dll|soname/ nocase
        $servu = /-SETUSERSETUP|-HomeDir=|LocalAdministrator|SITE EXEC/
        $servu_port = /43958|MaxUsersLoginPerIP/
        $xp = /xp_cmdshell|sp_oacreate|xp_regwrite|sp_configure/ nocase
        $input = /\$_(GET|POST|REQUEST)\b|request[ \t]{0,2}[.(\[]|getParameter/ nocase
        $page = /<\?(php|=|[ \t\r\n])|<%/ nocase
        $query = /mysql_query|\.execute[ \t(]|executeQuery|mssql_query|ExecuteNonQuery|mysqli_query/ nocase
    condition:
        $page and $input and (($dump and $library and $query) or ($servu and $servu_port) or (#xp > 2 and $query))
}

rule webshell_php_panel
{
    meta:
        id = "webshell.php-panel"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Panel that shows the limits and accounts of a server, browses its files and runs commands"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $owner = "posix_getpwuid" nocase
        $functions = "disable_functions" nocase
        $safe = "safe_mode" nocase
        $passwd = "/etc/passwd"
        $run = /[^\w>:$](shell_exec|passthru|system|popen|proc_open)[ \t]{0,4}\([ \t]{0,4}(\$|@|"|'[^:]|\w)/ nocase
        $uname = "php_uname" nocase
        $uname_a = "uname -a" nocase
        $perms = "fileperms" nocase
        $disk = /disk_(total|free)_space/ nocase
        $shown = /0x[48C]000\)[ \t]{0,2}==[ \t]{0,2}0x[48C]000/ nocase
        $search = /netstat -an|ps aux|find \/ -type f|find \/ -perm|find \. -type f/ nocase
        $basedir = "open_basedir" nocase
        $back = /back[ _-]?connect|bind[ _-]?port|reverse[ _-]?shell|connect[ _-]?back|bindshell/ nocase
        $quiet = /ini_set[ \t]{0,4}\([ \t]{0,4}["'](error_log|log_errors)["'][ \t]{0,4},[ \t]{0,4}(0|NULL|["'])/ nocase
        $ids = /getmyuid|posix_geteuid|posix_getgrgid/ nocase
        $databases = /mysql_list_dbs|SHOW DATABASES|mysql_list_tables/ nocase
        $evals = /[^\w>]eval[ \t]{0,4}\(/ nocase
        $dir = /\$_(GET|POST|REQUEST)[ \t]{0,2}\[["'](dir|d|path|cwd|folder|file|act|cmd)["']\]/ nocase
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and (
            ($back and 3 of ($owner, $functions, $safe, $passwd, $run, $uname, $uname_a, $perms, $disk, $shown, $search, $basedir, $ids))
            or ($passwd and $run and 2 of ($owner, $functions, $safe, $uname, $uname_a, $perms, $disk, $shown, $search, $basedir, $databases))
            or ($functions and $safe and 4 of ($owner, $run, $uname, $uname_a, $perms, $shown, $search, $quiet, $evals, $databases))
            or ($run and $perms and $evals and 2 of ($owner, $safe, $uname, $uname_a, $shown, $search, $databases, $quiet, $functions))
            or ($quiet and $owner and 3 of ($functions, $safe, $run, $uname, $perms, $disk, $shown, $evals, $dir))
        )
}

rule webshell_php_intruder_words
{
    meta:
        id = "webshell.php-intruder-words"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A PHP page that calls itself a shell and offers what intruders need"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
        lane = "script"
    strings:
        $shell = /\b(web|php|asp|jsp|cgi|cmd|mini|priv8?|private)[ _-]?shell\b|shell[ _-]?(v\.?|version)[ ]?\d/ nocase
        $crew = /\bh4ck|hack(ed|er|ers|ing)\b|\bpriv8\b|\bgre+tz\b|coded by|\bcrew\b|\bteam\b/ nocase
        $safe = /safe[ _-]?mode/ nocase
        $back = /\b(back|bind)[ _-]?(connect|door|port|shell)\b/ nocase
        $remove = /self[ _-]?(remove|kill|delete|destruct)/ nocase
        $mass = /mass[ _-]?(deface|index|defacement)|zone-?h\b|cpanel[ _-]?(crack|brute|reset)|config[ _-]?(grab|kill|finder)|\bsymlink[ _-]?(bypass|info|server)?\b|brute ?force|jumping server/ nocase
        $execute = /execute (a )?command|exec(ute)? php|eval php|run command|command execut|execution php|shell command/ nocase
        $passwd = "/etc/passwd"
        $call = /[^\w>:$](eval|shell_exec|passthru|system|popen|proc_open|exec)[ \t]{0,4}\(/ nocase
        $upload = /move_uploaded_file|copy[ \t]{0,4}\([ \t]{0,4}\$_FILES|\$HTTP_POST_FILES/ nocase
        $zh = /\xe6\x8f\x90\xe6\x9d\x83|\xe6\x9c\xa8\xe9\xa9\xac|\xe5\xa4\xa7\xe9\xa9\xac|\xe5\xb0\x8f\xe9\xa9\xac|\xe6\x8c\x82\xe9\xa9\xac|\xe5\x85\x8d\xe6\x9d\x80|\xe4\xb8\x80\xe5\x8f\xa5\xe8\xaf\x9d|\xe8\x84\xb1\xe8\xa3\xa4|\xe6\x97\x81\xe6\xb3\xa8/
        $zh_gbk = /\xcc\xe1\xc8\xa8|\xc4\xbe\xc2\xed|\xb4\xf3\xc2\xed|\xd0\xa1\xc2\xed|\xb9\xd2\xc2\xed|\xc3\xe2\xc9\xb1|\xd2\xbb\xbe\xe4\xbb\xb0/
        $php = /<\?(php|=|[ \t\r\n])/ nocase
    condition:
        $php and ($call or $upload) and (
            (($zh or $zh_gbk) and ($call and $upload or $shell))
            or ($shell and 2 of ($crew, $safe, $back, $remove, $mass, $execute, $passwd))
            or ($back and 2 of ($safe, $remove, $mass, $execute, $passwd))
            or ($mass and 2 of ($safe, $remove, $execute, $passwd))
        )
}

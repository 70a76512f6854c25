// Breaking out of or altering what the provider set up.

rule system_container_escape
{
    meta:
        id = "system.container-escape"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script breaks out of a container through the kernel, the runtime socket or the host disk"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1611/"
        lane = "script"
    strings:
        $release = /echo[ \t][^\r\n]{0,120}>[ \t]{0,2}["']?[^\s"']{0,80}\/release_agent/
        $notify = /echo[ \t]{1,2}1[ \t]{0,2}>[ \t]{0,2}["']?[^\s"']{0,80}\/notify_on_release/
        $core = /echo[^\r\n]{0,80}\|[^\r\n]{0,120}>[ \t]{0,2}\/proc\/sys\/kernel\/core_pattern/
        $overlay = /(upperdir|perdir)=[^\r\n]{0,60}\/etc\/mtab|sed[ \t][^\r\n]{0,80}(upperdir|perdir)[^\r\n]{0,40}\/etc\/mtab/
        $socket_run = /docker[ \t][^\r\n]{0,60}-H[ \t]{1,2}unix:\/\/[^\r\n]{0,160}(-v|--volume)[ \t]{1,2}\/:\/|docker[ \t]{1,2}run[ \t][^\r\n]{0,120}(-v|--volume)[ \t=]{1,2}\/:\/\w{1,20}[^\r\n]{0,120}(chroot[ \t]{1,2}\/\w{1,20}|nsenter)/
        $socket_post = /curl[^\r\n]{0,80}--unix-socket[ \t]{1,2}\/var\/run\/docker\.sock[^\r\n]{0,200}(containers\/create|exec)/
        $binds = /"Binds"[ \t]{0,2}:[ \t]{0,2}\[[ \t]{0,2}"\/:\//
        $enter = /nsenter[ \t][^\r\n]{0,40}(-t|--target)[ \t=]{1,2}1[ \t][^\r\n]{0,60}(-m|--mount|--all|-a)/
        $disk = /(mknod|debugfs|mount)[ \t][^\r\n]{0,60}\/dev\/(sd|vd|xvd|nvme)\w{1,6}[^\r\n]{0,60}/
        $host_write = />>?[ \t]{0,2}["']?\/?\w{0,20}\/(etc\/(crontab|shadow|passwd|sudoers)|root\/\.ssh\/authorized_keys|var\/spool\/cron)/
        $container = /docker|container|cgroup|kubepods|\.dockerenv/ nocase
    condition:
        ($release and $notify) or ($core and $overlay) or ($socket_post and $binds) or ($enter and $host_write and $container)
        or ($socket_run and ($host_write or $enter)) or ($disk and $host_write and $container and $release)
}

rule system_agent_tampering
{
    meta:
        id = "system.agent-tampering"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script removes or stops the security or monitoring agent of the provider"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
        lane = "script"
    strings:
        $agent = /\b(aliyun-service|aegis(_cli|_update)?|AliYunDun(Update|Monitor)?|cloudmonitor|CmsGoAgent|assist_daemon|qcloud\/(stargate|YunJing|monitor)|YDService|YDLive|barad_agent|hostguard|telescope|bcm-agent|uniagent|wdswafed|sgagent)\b/
        $remove = /\b(rm[ \t]{1,4}-rf?|kill(all)?[ \t]{1,4}(-9)?|pkill|systemctl[ \t]{1,4}(stop|disable|mask)|service[ \t]{1,4}[\w-]{1,30}[ \t]{1,4}stop|chkconfig[ \t]{1,4}--del|\/uninst(all)?\.sh|uninstall\.sh)/
        $both = /\b(rm[ \t]{1,4}-rf?|kill(all)?[ \t]{1,4}(-9)?|pkill[^\r\n]{0,10}|systemctl[ \t]{1,4}(stop|disable|mask)|service)[ \t]{1,4}[^\r\n]{0,60}\b(aliyun-service|aliyun\.service|aegis(_cli|_update)?|AliYunDun(Update|Monitor)?|cloudmonitor|CmsGoAgent|assist_daemon|qcloud\/(stargate|YunJing|monitor)|YDService|YDLive|barad_agent|hostguard|telescope|bcm-agent|uniagent)\b/
    condition:
        $both and #remove > 1 and #agent > 1
}

rule system_privilege_exploit
{
    meta:
        id = "system.privilege-exploit"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Source or script of a known way to become the system administrator"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1068/"
        lane = "script"
    strings:
        $cow_mem = "/proc/self/mem"
        $cow_advise = /MADV_DONTNEED|madvise[ \t]{0,2}\(/
        $pipe = /PIPE_BUF_FLAG_CAN_MERGE|prepare_pipe[ \t]{0,2}\(/
        $splice = /splice[ \t]{0,2}\(/
        $gconv = /GCONV_PATH=/
        $pkexec = /pkexec/
        $samedit = /sudoedit[ \t"',]{1,8}-s/
        $creds = /commit_creds|prepare_kernel_cred/
        $namespace = /\/proc\/self\/(uid_map|setgroups)/
        $shell = /execl[ep]?[ \t]{0,2}\([ \t]{0,2}["']\/bin\/(ba)?sh|system[ \t]{0,2}\([ \t]{0,2}["']\/bin\/(ba)?sh|execve[ \t]{0,2}\([ \t]{0,2}["']\/(usr\/bin\/(pkexec|sudoedit|su)|bin\/(ba)?sh)|setuid[ \t]{0,2}\([ \t]{0,2}0/
        $thread = /pthread_create|std::thread|Thread[ \t]{0,2}\(/
        $passwd = /\/etc\/(passwd|shadow)|\/usr\/bin\/(passwd|su|sudo)/
        $overlay = /overlay[^\r\n]{0,80}(lowerdir|upperdir)|lowerdir=/
    condition:
        ($cow_mem and $cow_advise and $thread and ($passwd or $shell)) or ($pipe and $splice and ($passwd or $shell))
        or ($gconv and $pkexec and $shell) or (for any i in (1..#samedit) : ($shell in (@samedit[i]-24000..@samedit[i]+24000))) or ($creds and $shell) or ($namespace and $overlay and $shell)
}

rule system_hidden_administrator
{
    meta:
        id = "system.hidden-administrator"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script leaves a way back to administrator rights"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1548/001/"
        lane = "script"
    strings:
        $suid = /chmod[ \t]{1,3}(u\+s|\+s|[42]7[57][57]|6755)[ \t]{1,3}["']?(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/bin\/(ba)?sh|\/usr\/bin\/(find|python|vim))/
        $passwd = /echo[ \t]{1,3}["']?\w{1,20}:[^:\r\n"']{0,120}:0:0:[^\r\n]{0,60}>>[ \t]{0,2}\/etc\/passwd/
        $useradd = /useradd[ \t][^\r\n]{0,80}(-o[ \t][^\r\n]{0,40}-u[ \t]{1,2}0|-u[ \t]{1,2}0[ \t][^\r\n]{0,40}-o)/
        $keys = /echo[ \t]{1,3}["']?ssh-(rsa|ed25519|dss)[ \t]{1,2}[A-Za-z0-9+\/=]{40}[^\r\n]{0,600}>>?[ \t]{0,2}["']?(\/root|~|\/home\/\w{1,20}|\$HOME)\/\.ssh\/authorized_keys/
        $lock = /chattr[ \t]{1,3}[+-][ia]{1,2}/
        $shell = /cp[ \t]{1,3}\/bin\/(ba)?sh[ \t]{1,3}\/(tmp|var\/tmp|dev\/shm)\//
        $wipe = /history[ \t]{1,3}-c|HISTFILE|rm[ \t]{1,3}-rf?[ \t]{1,3}\/var\/log/
        $pam = /pam_unix[^\r\n]{0,60}backdoor|sshd[^\r\n]{0,20}-oPort|ln[ \t]{1,2}-sf[ \t]{1,2}\/usr\/sbin\/sshd[ \t]{1,2}\/(tmp|var\/tmp)\/(su|chsh|chfn)/
    condition:
        $passwd or $useradd or ($shell and $suid) or ($keys and ($lock or $wipe)) or $pam
}

rule system_rights_survey
{
    meta:
        id = "system.rights-survey"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A script surveys a host for ways to administrator rights"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1082/"
        lane = "script"
    strings:
        $suid = /find[ \t]{1,2}\/[^\r\n]{0,60}-perm[ \t]{1,2}[-\/]?(-?u=s|-?4000|-?6000|\+4000)/
        $sudo = /sudo[ \t]{1,2}(-n[ \t]{1,2})?-l\b/
        $caps = /getcap[ \t]{1,2}-r/
        $shadow = /cat[ \t]{1,2}\/etc\/(shadow|sudoers|crontab)/
        $writable = /find[ \t]{1,2}\/[^\r\n]{0,60}(-writable|-perm[ \t]{1,2}-0?2|-o\+w)/
        $history = /\.(bash|zsh|mysql|nano)_history/
        $keys = /id_(rsa|dsa|ed25519)|authorized_keys/
        $kernel = /uname[ \t]{1,2}-a|\/proc\/version/
        $container = /\.dockerenv|\/proc\/1\/cgroup|docker\.sock/
        $exploit = /exploit|CVE-20\d\d-\d{4}|privilege esc|privesc|linpeas|linenum/ nocase
    condition:
        $exploit and 5 of ($suid, $sudo, $caps, $shadow, $writable, $history, $keys, $kernel, $container)
}

rule system_rootkit_source
{
    meta:
        id = "system.rootkit-source"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "Source of a module or library that hides files, processes or connections"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1014/"
        lane = "script"
    strings:
        $table = /sys_call_table|kallsyms_lookup_name|ftrace_set_filter_ip/
        $unprotect = /write_cr0|set_memory_rw|cr0[ \t]{0,2}&|CR0_WP|unprotect_memory/
        $hide = /hide_?(pid|file|port|proc|module|self)|hidden_?(pid|file|port)|list_del[ \t]{0,2}\([^)]{0,40}THIS_MODULE/ nocase
        $directory = /getdents(64)?|hook_?readdir|orig_?readdir|dlsym[ \t]{0,2}\([ \t]{0,2}RTLD_NEXT[ \t]{0,2},[ \t]{0,2}"(readdir(64)?|fopen|accept|open)"/
        $preload = /\/etc\/ld\.so\.preload/
        $magic = /MAGIC_?(GID|STRING|PREFIX|PASS)|give_?root|set_?root|commit_creds/ nocase
        $include = /#include[ \t]{0,2}[<"]/
    condition:
        uint32(0) != 0x464c457f and filesize < 2MB and $include and (($table and ($unprotect or $hide) and ($hide or $directory) and ($magic or $directory)) or (#directory > 1 and ($preload or $magic) and $hide))
        and ((for any i in (1..#hide) : ($directory in (@hide[i]-24000..@hide[i]+24000) or $table in (@hide[i]-24000..@hide[i]+24000)))
            or (for any i in (1..#table) : ($unprotect in (@table[i]-24000..@table[i]+24000))))
}

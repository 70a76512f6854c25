// Breaking out of what the provider set up.

rule system_container_escape
{
    meta:
        id = "system.container-escape"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Script that breaks out of a container through the kernel's release agent or core pattern"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1611/"
        lane = "any"
    strings:
        $release = /echo[ \t][^\r\n]{0,120}>[ \t]{0,2}["']?[^\s"']{0,80}\/release_agent/
        $notify = /echo[ \t]{1,2}1[ \t]{0,2}>[ \t]{0,2}["']?[^\s"']{0,80}\/notify_on_release/
        $core = /echo[^\r\n]{0,80}\|[^\r\n]{0,120}>[ \t]{0,2}\/proc\/sys\/kernel\/core_pattern/
        $overlay = /(upperdir|perdir)=[^\r\n]{0,60}\/etc\/mtab|sed[ \t][^\r\n]{0,80}(upperdir|perdir)[^\r\n]{0,40}\/etc\/mtab/
    condition:
        ($release and $notify) or ($core and $overlay)
}

rule system_agent_tampering
{
    meta:
        id = "system.agent-tampering"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "Script that removes or stops the provider's security or monitoring agent"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
        lane = "any"
    strings:
        $agent = /\b(aliyun-service|aegis(_cli|_update)?|AliYunDun(Update|Monitor)?|cloudmonitor|CmsGoAgent|qcloud\/(stargate|YunJing|monitor)|YDService|barad_agent|hostguard|telescope|bcm-agent)\b/
        $remove = /\b(rm[ \t]{1,4}-rf?|kill(all)?[ \t]{1,4}(-9)?|pkill|systemctl[ \t]{1,4}(stop|disable)|service[ \t]{1,4}[\w-]{1,30}[ \t]{1,4}stop|chkconfig[ \t]{1,4}--del|\/uninst(all)?\.sh|uninstall\.sh)/
        $both = /\b(rm[ \t]{1,4}-rf?|kill(all)?[ \t]{1,4}(-9)?|pkill[^\r\n]{0,10}|systemctl[ \t]{1,4}(stop|disable)|service)[ \t]{1,4}[^\r\n]{0,60}\b(aliyun-service|aegis(_cli|_update)?|AliYunDun(Update|Monitor)?|cloudmonitor|CmsGoAgent|qcloud\/(stargate|YunJing|monitor)|YDService|barad_agent|hostguard|telescope|bcm-agent)\b/
    condition:
        $both and #remove > 1 and #agent > 1
}

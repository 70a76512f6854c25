// What a break-in leaves behind to come back.

rule system_root_shell_left
{
    meta:
        id = "system.root-shell-left"
        clause = "3.1.3.8"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script leaves a shell behind that anybody may use with the rights of root"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1548/001/"
        lane = "script"
    strings:
        $mode = /chmod[ \t]{1,4}(\+s|u\+s|[0-7]?[4-7][0-7]{3})[ \t]{1,4}\/(tmp|var\/tmp|dev\/shm)\//
        $source = /set(re)?[ug]id[ \t]{0,2}\([ \t]{0,2}0/
        $shell = /\/bin\/(ba)?sh|execl|system[ \t]{0,2}\(/
        $copy = /cp[ \t]{1,4}\/bin\/(ba|k|z)?sh[ \t]{1,4}\/(tmp|var\/tmp|dev\/shm)\//
    condition:
        $mode and (($source and $shell) or $copy) and filesize < 60000
}

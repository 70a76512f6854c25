// Pages that search the network behind their host.

rule netattack_page_probe
{
    meta:
        id = "netattack.page-probe"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A page asks the addresses of an inner network one after the other and shows who answers"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1046/"
        lane = "script"
    strings:
        $queue = /LinkedBlockingQueue|ExecutorService|extends[ \t]{1,4}Thread|implements[ \t]{1,4}Runnable/
        $ask = /HttpURLConnection|new[ \t]{1,4}Socket[ \t]{0,2}\(|isReachable[ \t]{0,2}\(/
        $order = /getParameter[ \t]{0,2}\([ \t]{0,2}["'](ip|ips|host|hosts|startip|start|iprange|port|ports)["']/ nocase
        $range = /<=?[ \t]{0,2}25[3-6]|\.255\b|,(80|8080),|"8080"|lastIndexOf[ \t]{0,2}\([ \t]{0,2}"\."/
        $page = /<%@[ \t]{0,4}page/ nocase
    condition:
        all of them and filesize < 60000
}

// Mail sent at the orders of the request.

rule mailer_request_smtp
{
    meta:
        id = "mailer.request-smtp"
        clause = "3.1.3.4"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script sends mail whose server, sender, receivers and text all come with the request"
        author = "aup-scanner authors"
        reference = "https://attack.mitre.org/techniques/T1496/"
        lane = "script"
    strings:
        $field = /\$_(POST|COOKIE|REQUEST|GET)[ \t]{0,2}\[/
        $quiet = /(error_reporting[ \t]{0,4}\([ \t]{0,4}0|ignore_user_abort|set_time_limit[ \t]{0,4}\([ \t]{0,4}(0|[1-9]\d\d))/ nocase
        $verbs = /["\'](EHLO|HELO|AUTH LOGIN|AUTH PLAIN|MAIL FROM:|RCPT TO:|DATA\\r)/
        $socket = /fsockopen|stream_socket_client|socket_connect/ nocase
        $mail = /[^\w>:$]mail[ \t]{0,4}\([ \t]{0,4}\$\w/ nocase
        $spread = /(rand|mt_rand|array_rand|shuffle)[ \t]{0,4}\(/ nocase
        $status = /(print|echo|exit|die)[ \t(]{1,4}["\'](\*|\w{0,8})?(send|mail|smtp|ok|OK|bad|E\d)[:\-*_ \'"]/ nocase
        $mask = /\$_SERVER[ \t]{0,2}\[[^\]]{1,30}\][ \t]{0,4}=[^=]|getmxrr[ \t]{0,4}\(|dns_get_record/ nocase
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $quiet and #field > 4 and (($socket and #verbs > 3) or ($mail and $spread and ($status or $mask)))
}

// Forms that mail a list.

rule mailer_list_loop
{
    meta:
        id = "mailer.list-loop"
        clause = "3.1.3.4"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A form's list of addresses is taken apart and each gets the form's message"
        author = "aup-scanner authors"
        reference = "own"
        lane = "script"
    strings:
        $mail = /[^\w>:$]mail[ \t]{0,4}\([ \t]{0,4}(trim[ \t]{0,4}\([ \t]{0,4})?\$\w{1,24}[ \t]{0,2}(\[[ \t]{0,2}\$\w{1,12}[ \t]{0,2}\])?[ \t]{0,2}\)?[ \t]{0,4},/ nocase
        $split = /(explode|split|preg_split)[ \t]{0,4}\([ \t]{0,4}["\'](\\r)?\\n["\'][ \t]{0,4},[ \t]{0,4}\$/ nocase
        $posted = /=[ \t]{0,4}(stripslashes|trim|urldecode|utf8_decode)?[ \t]{0,4}\(?[ \t]{0,4}\$_(POST|REQUEST)[ \t]{0,2}\[[ \t]{0,2}["\']?(e?mails?|emaillist|list|lista|to|cnt|mailto|addresses|para|destino)["\']?[ \t]{0,2}\]/ nocase
        $from = /(From|Reply-To):/ nocase
        $loop = /\b(while|for|foreach)[ \t]{0,4}\(/ nocase
        $framework = /\b(namespace|use)[ \t]{1,4}[A-Z]\w{1,24}\\|defined[ \t]{0,2}\(|require_once|\$this->/
        $php = /<\?(php|=|[ \t\r\n])|language[ \t]{0,4}=[ \t]{0,4}["\']?php/ nocase
    condition:
        $php and $mail and $split and $posted and $from and $loop and not $framework and filesize < 60000
}

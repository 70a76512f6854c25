// PHP that lets anybody put files on the server.

rule webshell_php_write_request
{
    meta:
        id = "webshell.php-write-request"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "The request names a file and gives its content"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $put = /\bfile_put_contents[ \t\r\n]{0,8}\([ \t\r\n@"'.(]{0,16}(base64_decode[ \t]{0,4}\([ \t]{0,4})?\$_(GET|POST|REQUEST|COOKIE|SERVER)\b[^;\r\n]{0,80},[^;\r\n]{0,60}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
        $write = /\bfw?rite[ \t\r\n]{0,8}\([ \t]{0,4}@?fopen[ \t]{0,4}\([ \t]{0,4}\$_(GET|POST|REQUEST)\b[^;\r\n]{0,80}\$_(GET|POST|REQUEST)\b/ nocase
        $fputs = /\bfputs[ \t\r\n]{0,8}\([ \t]{0,4}@?fopen[ \t]{0,4}\([^;\r\n]{0,80}\$_(GET|POST|REQUEST)\b/ nocase
        $copy = /\b(copy|rename)[ \t\r\n]{0,8}\([ \t]{0,4}\$_(GET|POST|REQUEST)[ \t]{0,4}\[[^\];]{1,30}\][ \t]{0,4},[ \t]{0,4}\$_(GET|POST|REQUEST)\b/ nocase
        $remote = /\bfile_put_contents[ \t\r\n]{0,8}\([^;\r\n]{0,60},[ \t]{0,4}@?file_get_contents[ \t]{0,4}\([ \t]{0,4}\$_(GET|POST|REQUEST)\b/ nocase
    condition:
        any of them
}

rule webshell_php_upload_anything
{
    meta:
        id = "webshell.php-upload-anything"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "auto"
        description = "An upload is stored under the name and place that the sender chooses"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $own_name = /(copy|move_uploaded_file)[ \t]{0,4}\([ \t]{0,4}\$_FILES[ \t]{0,2}\[[^\]]{1,30}\][ \t]{0,2}\[[ \t]{0,2}["']?tmp_name["']?[ \t]{0,2}\][ \t]{0,4},[ \t]{0,4}\$_FILES[ \t]{0,2}\[[^\]]{1,30}\][ \t]{0,2}\[[ \t]{0,2}["']?name["']?[ \t]{0,2}\][ \t]{0,4}\)/ nocase
        $own_place = /(copy|move_uploaded_file)[ \t]{0,4}\([ \t]{0,4}\$_FILES[ \t]{0,2}\[[^\]]{1,30}\][ \t]{0,2}\[[ \t]{0,2}["']?tmp_name["']?[ \t]{0,2}\][ \t]{0,4},[ \t]{0,4}\$_(GET|POST|REQUEST)\b/ nocase
        $path = /\$\w{1,20}[ \t]{0,4}=[ \t]{0,4}\$_(REQUEST|POST|GET)[ \t]{0,2}\[[^\]]{1,20}\][ \t]{0,4}\.[ \t]{0,4}(["']\/["'][ \t]{0,4}\.[ \t]{0,4})?\$(_FILES|\w{1,20}[ \t]{0,2}\[[ \t]{0,2}["']name["'])/ nocase
        $move = /(copy|move_uploaded_file)[ \t]{0,4}\(/ nocase
        $here = /(copy|move_uploaded_file)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}(\[["']tmp_name["']\])?[ \t]{0,4},[ \t]{0,4}(["']\.?\/?["'][ \t]{0,4}\.[ \t]{0,4})?\$\w{0,6}(name|\[["']name["']\])[ \t]{0,4}\)/ nocase
        $form = /enctype[ \t]{0,4}=[ \t]{0,4}\\?["']?multipart\/form-data/ nocase
        $boast = /php_uname|getcwd[ \t]{0,4}\(|uploader|sukses|success(fully)?[ !:]|uploaded|upload ok|->[ ]?ok|upload berhasil/ nocase
        $name = /\$\w{1,24}[ \t]{0,4}=[^;]{0,60}\$(_FILES|HTTP_POST_FILES)[ \t]{0,2}\[[^;]{0,60}name["']?[ \t]{0,2}\]/ nocase
        $check = /pathinfo|getimagesize|in_array|preg_match|strrchr|exif_imagetype|finfo|mime|explode|end[ \t]{0,2}\(|substr|allowed|["']type["']|getExtension|uniqid|md5|\brand|time[ \t]{0,2}\(|hash/ nocase
        $here_dir = /=[ \t]{0,4}getcwd[ \t]{0,2}\([ \t]{0,2}\)[ \t]{0,2}\.[ \t]{0,2}["']\/["']/ nocase
        $as_php = /(copy|move_uploaded_file)[ \t]{0,4}\([ \t]{0,4}\$((_FILES|HTTP_POST_FILES|userfile)\b|file[ \t]{0,2}\[)[^;]{0,80}["'][^"'\r\n]{1,40}\.(php|phtml|php5)["'][ \t]{0,4}\)/ nocase
    condition:
        $own_name or $own_place or ($path and $move) or ($here and $form and $boast) or $as_php or ($name and $move and $form and not $check) or ($here_dir and $move and $form)
}

rule webshell_php_drop_encoded
{
    meta:
        id = "webshell.php-drop-encoded"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "high"
        ceiling = "suspend"
        status = "review"
        description = "A script writes a hidden PHP file from an encoded string"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $open = /(fopen|file_put_contents)[ \t]{0,4}\([^;\r\n]{0,120}\.(php|phtml|php5|inc|htaccess)["']/ nocase
        $open_encoded = /(fopen|file_put_contents)[ \t]{0,4}\([ \t]{0,4}(base64_decode|str_rot13|gzinflate|hex2bin|\$\w{1,20}\()[ \t]{0,4}\(?/ nocase
        $encoded = /(fw?rite|fputs|file_put_contents)[ \t]{0,4}\([^;]{0,200}(base64_decode|gzinflate|gzuncompress|str_rot13|hex2bin)[ \t]{0,4}\([ \t]{0,4}["'(gb]/ nocase
        $code = /["'](PD9waH|PD8|PGh0bWw|PHNjcmlwd)[A-Za-z0-9+\/]{8}/
        $touch = /touch[ \t]{0,4}\([^;\r\n]{0,80}(strtotime|filemtime|time\(\)[ \t]{0,2}-|\$\w{0,12}time)/ nocase
        $write = /fw?rite[ \t]{0,4}\(|fputs[ \t]{0,4}\(|file_put_contents[ \t]{0,4}\(/ nocase
    condition:
        ($encoded and ($open or $open_encoded or $code)) or ($code and $write and ($open or $open_encoded or $touch))
}

rule webshell_php_file_editor
{
    meta:
        id = "webshell.php-file-editor"
        clause = "3.1.3.7"
        severity = "high"
        confidence = "medium"
        ceiling = "suspend"
        status = "review"
        description = "A page edits any file of the server that the request names, without asking who sent it"
        author = "aup-scanner authors"
        reference = "https://cwe.mitre.org/data/definitions/434.html"
        lane = "script"
    strings:
        $read = /(file_get_contents|fopen|readfile|show_source|highlight_file)[ \t]{0,4}\([ \t]{0,4}\$_(GET|POST|REQUEST)\b/ nocase
        $read_variable = /\$\w{1,20}[ \t]{0,4}=[ \t]{0,4}\$_(GET|POST|REQUEST)[ \t]{0,2}\[["']?(f|file|filename|filepath|path|dir|p|edit)["']?\][ \t]{0,4};/ nocase
        $write = /(fopen[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},[ \t]{0,4}["']w|file_put_contents[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},)/ nocase
        $write_request = /(fw?rite|fputs|file_put_contents)[ \t]{0,4}\([ \t]{0,4}\$\w{1,20}[ \t]{0,4},[ \t]{0,4}(stripslashes[ \t]{0,4}\()?[ \t]{0,4}\$_(POST|REQUEST|GET)\b/ nocase
        $area = /<textarea[^>]{0,120}>/ nocase
        $browse = /opendir[ \t]{0,4}\(|scandir[ \t]{0,4}\(|glob[ \t]{0,4}\(/ nocase
        $more = /chmod[ \t]{0,4}\(|unlink[ \t]{0,4}\(|rename[ \t]{0,4}\(|move_uploaded_file|copy[ \t]{0,4}\(/ nocase
        $document = /\$_SERVER[ \t]{0,2}\[["']?(SCRIPT_FILENAME|DOCUMENT_ROOT)|__FILE__|getcwd/ nocase
    condition:
        $write_request and $area and ($read or ($read_variable and $write)) and ($browse or $more or $document)
}

"""Names of PHP that say where values of a request come from, where they go, and what leaves them as they are."""

import re

REQUEST = re.compile(r"\$_(GET|POST|REQUEST|COOKIE|SERVER|FILES)\b|php://input|getallheaders|HTTP_(GET|POST)_VARS")
_SINK_WORDS = """
eval assert system exec passthru shell_exec popen proc_open pcntl_exec create_function call_user_func
call_user_func_array preg_replace preg_filter mb_ereg_replace array_map array_filter usort uasort uksort array_walk
array_walk_recursive array_reduce array_udiff register_shutdown_function register_tick_function ob_start
forward_static_call forward_static_call_array filter_var filter_var_array unserialize
array_uintersect array_diff_ukey array_intersect_ukey preg_replace_callback iterator_apply
include include_once require require_once fopen file_put_contents fwrite fputs move_uploaded_file copy rename
file_get_contents readfile unlink
"""
SINKS = frozenset(_SINK_WORDS.split())
_WRAPPER_WORDS = """
isset empty trim base64_decode stripslashes urldecode rawurldecode str_rot13 strrev gzinflate gzuncompress hex2bin
implode join array null pack decode explode array_values array_merge getallheaders file_get_contents json_decode
unserialize strval end reset current next
"""
WRAPPERS = frozenset(_WRAPPER_WORDS.split())

// Lists of private persons.

rule doxxing_identity_list
{
    meta:
        id = "doxxing.identity-list"
        clause = "3.1.3.5.7"
        severity = "medium"
        confidence = "low"
        ceiling = "review"
        status = "nursery"
        description = "A long list of identity numbers with telephone numbers"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "text"
    strings:
        $id = /[,\t|;: \x9a\x81][1-9]\d{5}(19[5-9]|20[01])\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx][,\t|;: \r\n]/
        $phone = /[,\t|;: ]1[3-9]\d{9}[,\t|;: \r\n]/
    condition:
        #id > 20 and #phone > 20
}

rule doxxing_address_book
{
    meta:
        id = "doxxing.address-book"
        clause = "3.1.3.5.7"
        severity = "medium"
        confidence = "low"
        ceiling = "review"
        status = "nursery"
        description = "A list that pairs names, identity numbers and home addresses under such headings"
        author = "aup-scanner authors"
        reference = "observed behaviour"
        lane = "text"
    strings:
        $name = /\xe5\xa7\x93\xe5\x90\x8d|\xd0\xd5\xc3\xfb/
        $id = /\xe8\xba\xab\xe4\xbb\xbd\xe8\xaf\x81|\xc9\xed\xb7\xdd\xd6\xa4/
        $home = /\xe5\xae\xb6\xe5\xba\xad\xe4\xbd\x8f\xe5\x9d\x80|\xe4\xbd\x8f\xe5\x9d\x80|\xe6\x88\xb7\xe7\xb1\x8d|\xbc\xd2\xcd\xa5\xd7\xa1\xd6\xb7|\xd7\xa1\xd6\xb7/
        $number = /[1-9]\d{5}(19[5-9]|20[01])\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]/
    condition:
        $name and $id and $home and #number > 10
}

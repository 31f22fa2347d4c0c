unit_test(live mt_record)
unit_test(mappings mt_record)
unit_test(account mt_record)
unit_test(rings mt_record)

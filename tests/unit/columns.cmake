unit_test(block_columns tracegen mt_load)
unit_test(addresses mt_common)

unit_test(block_columns tracegen mt_load)

# What changed between two traces.
unit_test(diff modeltest mt_text)

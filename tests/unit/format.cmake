# Fixtures for everyone who tests with traces: tracegen(), and the plain ledger.
add_library(tracegen STATIC tracegen.c ledger.c)
target_link_libraries(tracegen PUBLIC mt_record)

#!/bin/sh
# A shell script that runs programs: each has its own account in the one trace. The shell's own allocations depend on the
# shell; those of the programs are known.
#
# expect process leak: allocations=16 frees=5 allocated_bytes=2064 peak_bytes=2000 leaked_bytes=1064
# expect process temporary: allocations=1211 frees=1211 allocated_bytes=67066 peak_bytes=64 temporary=1111
here=$(dirname "$0")
"$here/leak"
"$here/temporary"
exit 0

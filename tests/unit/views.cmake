# What the views of functions and threads are made from.
unit_test(neighbours modeltest)
unit_test(activity modeltest)

/* table.h: the rows of the command table, by the files they are in. */
#pragma once
#include "assess/command/native.h"

/* files.c */
extern const struct native native_cat;

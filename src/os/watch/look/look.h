/* look.h: how something looks, as one number: for what sends no events; the watch's own business.
 *
 * Two looks that differ mean a change. Of a file system's entries the look is at what stat says; of
 * the kernel's made-up files, which have neither times nor sizes, also at their first
 * LOOK_CONTENT_MAX bytes. No other file's content is read. */
#pragma once
#include "os/file.h"

#define LOOK_CONTENT_MAX (1024u * 1024)
#define LOOK_ENTRIES_MAX 100000 /* of a tree; those beyond are not looked at */

#define LOOK_NOTHING UINT64_C(0xcbf29ce484222325) /* where a look begins */
must_use uint64_t look_number(uint64_t print, uint64_t number);
must_use uint64_t look_bytes(uint64_t print, struct text bytes);

must_use uint64_t look_path(const struct file_root *root, const char *path);
must_use uint64_t look_tree(const struct file_root *root, const char *path);

/* ini.h: settings in sections: systemd's files with their drop-ins, MySQL's with their includes,
 * and plain ones.
 *
 * systemd (a file of /etc/systemd, or of /run/systemd, /usr/local/lib/systemd, /usr/lib/systemd):
 * the first of these folders that has the file, then `NAME.conf.d` of all, by file name; the last
 * value wins, an empty one takes back what was said; a few settings add up. MySQL (*.cnf):
 * `!include` and `!includedir` in place, '-' and '_' alike, the last wins; the section
 * mysqld stands for all that the server reads. Others: the last wins.
 */
#pragma once
#include "assess/setting/setting.h"

#define INI_DEPTH_MAX 10 /* of includes */

/* section empty: any, also none. */
must_use bool ini_read(struct gather *gather, struct text path, struct text section,
		       struct text key, struct settings *settings, struct err *err);

/* Whether the first line that is no comment opens a section. */
must_use bool ini_is_likely(struct text content);

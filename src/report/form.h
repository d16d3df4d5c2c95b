/* form.h: what the formats that come at a report's end share; nobody outside this folder needs it.
 */
#pragma once
#include "report/keep.h"

/* Each appends the whole report. */
void table_write(const struct report_config *config, const struct keep *keep, struct buf *out);
void junit_write(const struct report_config *config, const struct keep *keep, struct buf *out);
void sarif_write(const struct report_config *config, const struct keep *keep, struct buf *out);
void html_write(const struct report_config *config, const struct keep *keep, struct buf *out);
void markdown_write(const struct report_config *config, const struct keep *keep, struct buf *out);

/* The statuses that an item may have, those first that ask for somebody to act. */
#define FORM_STATUSES 6
extern const enum status form_statuses[FORM_STATUSES];

/* "not applicable": a status in words. */
must_use const char *form_status(enum status status);

/* How many of all levels have that status, or any. */
must_use unsigned form_count(const struct tally *tally, enum status status);
must_use unsigned form_count_all(const struct tally *tally);

/* "cis-debian12 5.1.20, nist-800-53 AC-6(2)" */
void form_put_frameworks(const struct report_place *place, struct buf *out);

/* "by uid 1000 with vi: vi /etc/hosts", who made the change; nothing where that is not known. */
void form_put_actor(const struct item *item, struct buf *out);

/* "/etc/ssh/sshd_config:34", what evidence is of; empty where it has no path. */
void form_put_source(const struct evidence *evidence, struct buf *out);

/* Whether the text may stand as a link: http or https, and nothing odd in it. */
must_use bool form_is_url(struct text text);

/* "1 item is left out: …", for people; nothing where none is. */
void form_put_left_out(const struct keep *keep, struct buf *out);

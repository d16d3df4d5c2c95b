/* utmp.h: records of logins: utmp(5), wtmp, btmp, and lastlog.
 *
 * Their layout is the C library's: 384 bytes with times of 32 bits (x86, arm, ppc, riscv …), 400
 * with times of 64 bits (arm64, loongarch64); of lastlog 292 and 296. Which one a file has, its
 * bytes tell, not the machine that reads it (--root): whoever reads asks utmp_is_likely of both.
 * The order of bytes is little endian. */
#pragma once
#include "base/text.h"

enum utmp_layout { UTMP_384, UTMP_400, LASTLOG_292, LASTLOG_296 };

must_use size_t utmp_size(enum utmp_layout layout);

struct utmp_record {
	int type; /* utmp(5): 1 run level, 2 boot, 3 4 clock, 5 init, 6 getty, 7 login, 8 end */
	uint32_t pid;
	struct text terminal, user, host; /* lent */
	int64_t at_us;
	unsigned char address[16];
	bool is_empty; /* nothing but zeros: of lastlog, nobody ever logged in */
};

/* One record of utmp_size bytes. False: no program writes such a one: its type is unknown, its
 * time is past 2200, or a terminal's name has control characters. */
must_use bool utmp_parse(struct text bytes, enum utmp_layout layout, struct utmp_record *record);

/* Whether a record in this layout speaks for it: it is valid, and has a time. */
must_use bool utmp_is_likely(struct text bytes, enum utmp_layout layout);

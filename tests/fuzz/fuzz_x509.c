/* Certificates, bare and in armour; what is read has its texts. */
#include "format/cert/x509.h"

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, rest = text;
	struct err err = {0};
	struct x509 x509;
	struct x509_armour armour;
	uint64_t line = 0;
	scoped(arena_free) struct arena *arena = arena_new(GATHER_ARENA_MAX);
	scoped(x509_reader_free) struct x509_reader *reader = x509_reader_new(&err);
	if (!reader)
		return 0;
	if (x509_parse(reader, text, arena, &x509, &err))
		must(x509.subject.at && x509.issuer.at && x509.serial.at && x509.key_type.len > 0 &&
		     x509.name_count <= x509.name_total);
	while (x509_next(&rest, &line, arena, &armour) && arena_left(arena) > GATHER_ARENA_SPARE)
		must(armour.line > 0 && armour.line <= line);
	struct probe_call call = {.probe = probe_find(TEXT("certificates"))};
	ask(&call, "/etc/ssl/a.pem", text);
	return 0;
}

/* certify: a certificate as it would be if it had been made earlier:
 * certify CA.PEM CA.KEY KEY NAME AGE DAYS
 *
 * For the key in KEY and the common name NAME, of a client, signed AGE days ago for DAYS days; on
 * standard output. So a scenario has an agent whose certificate is old today. */
#include <stdio.h>

#include "base/time.h"
#include "net/tls/tls.h"
#include "os/user/operand.h"

#define FILE_MAX (64u * 1024)
#define DAYS_MAX 10000

static bool certify(char **words, struct err *err)
{
	uint64_t age, days;
	struct buf ca = {0}, ca_key = {0}, key = {0}, csr = {0}, out = {0};
	if (!text_to_u64(text_of(words[4]), 0, DAYS_MAX, &age) ||
	    !text_to_u64(text_of(words[5]), 1, DAYS_MAX, &days))
		return err_set(err, ERR_INPUT, "AGE and DAYS are numbers");
	const struct tls_grant grant = {.common_name = words[3],
					.days = (int)days,
					.now_us = time_now_us() -
						  (int64_t)age * 86400 * TIME_SECOND_US};
	bool done = operand_read(words[0], FILE_MAX, &ca, err) &&
		    operand_read(words[1], FILE_MAX, &ca_key, err) &&
		    operand_read(words[2], FILE_MAX, &key, err) &&
		    tls_make_request(buf_view(&key), "anything", &csr, err) &&
		    tls_sign(buf_view(&ca_key), buf_view(&ca), buf_view(&csr), &grant, &out, err);
	if (done)
		fwrite(out.at, 1, out.len, stdout);
	buf_end(&ca);
	buf_end(&ca_key);
	buf_end(&key);
	buf_end(&csr);
	buf_end(&out);
	return done;
}

int main(int count, char **words)
{
	struct err err = {0};
	if (count == 7 && certify(words + 1, &err))
		return 0;
	fprintf(stderr, "certify: %s\n",
		count == 7 ? err.text : "give CA.PEM CA.KEY KEY NAME AGE DAYS");
	return 2;
}

/* mask.h: secrets in what is shown are replaced by "***", before anything is cut.
 *
 * Known are: values behind names such as password= and api_key:, crypt hashes ($6$…), credentials
 * in URLs, bearer and basic authorization, tokens by their well-known beginnings, and lines of
 * private keys. Whatever surrounds the secret stays. What a whole file of secrets holds is never
 * shown at all (probe_answer.text_denied). */
#pragma once
#include "base/mem.h"

#define MASK_TEXT "***"

/* Whether a setting of this name holds a secret: db_password, apiKey. */
must_use bool mask_is_secret(struct text name);

/* The text itself when nothing in it is secret, else a copy in arena. */
must_use struct text mask_text(struct text text, struct arena *arena);

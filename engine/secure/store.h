/* Files that hold certificates and keys, as Java's programs keep them: PEM, PKCS12, JKS. Stateless. */
#ifndef LC_SECURE_STORE_H
#define LC_SECURE_STORE_H

#include "base/buf.h"
#include "base/text.h"

typedef enum lc_store_format { LC_STORE_PEM, LC_STORE_PKCS12, LC_STORE_JKS, LC_STORE_UNKNOWN } lc_store_format;

/* Java 9 and later read PKCS12 from a store declared as JKS and the reverse, so the bytes decide. */
lc_store_format lc_store_format_of(lc_text bytes);

/* Appends the certificates of a JKS store as PEM; entries with private keys end the reading. */
void lc_store_jks_certificates(lc_text bytes, lc_buf *pem);

#endif

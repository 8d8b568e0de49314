// parse_head() by the second reader of heads, in the place of the server's own: a program that
// links this file takes it instead (ADR 0016, bench/bff/heads.mjs).
#include "http/head_parser.hpp"
#include "plain_head.hpp"

namespace portcullis::bff {

HeadProblem parse_head(std::string_view head, Request& out, bool need_host) {
  return testing::PlainHead(head, out).read(need_host);
}

}  // namespace portcullis::bff

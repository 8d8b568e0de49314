#include <gtest/gtest.h>

#include <string>

#include "http/head_limits.hpp"
#include "request_text.hpp"

namespace portcullis::bff {
namespace {

using std::string_literals::operator""s;
using testing::parse_raw;
using testing::parse_text;

struct Row {
  const char* name;
  std::string raw;
  Code code;
};

const Row kRows[] = {
    {"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kAllowed},
    {"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kAllowed},
    {"too many of them", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
     Code::kBadRequest},
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", Code::kBadRequest},
    {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", Code::kBadRequest},
    {"bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", Code::kBadRequest},
    {"CR within a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", Code::kBadRequest},
    {"folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", Code::kBadRequest},
    {"folded by a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", Code::kBadRequest},
    {"white space before the fields", "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"NUL in the target", "GET /\0a HTTP/1.1\r\nHost: a\r\n\r\n"s, Code::kBadRequest},
    {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"s, Code::kBadRequest},
    {"space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", Code::kBadRequest},
    {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", Code::kBadRequest},
    {"no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", Code::kBadRequest},
    {"bracket in a name", "GET / HTTP/1.1\r\nHost: a\r\nX[: b\r\n\r\n", Code::kBadRequest},
    {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"a tab between", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"HTTP/0.9", "GET /\r\n\r\n", Code::kBadRequest},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", Code::kHttpVersionUnsupported},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", Code::kHttpVersionUnsupported},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Code::kHttpVersionUnsupported},
    {"Expect of something else", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
     Code::kExpectationFailed},
    {"Expect of something more",
     "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x=\"a,b\"\r\n\r\n",
     Code::kExpectationFailed},
    {"Expect in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", Code::kAllowed},
    {"an empty Expect", "POST / HTTP/1.1\r\nHost: a\r\nExpect: \r\n\r\n", Code::kAllowed},
    {"TE gzip, chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     Code::kTransferCodingUnsupported},
    {"TE that is no token", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: a b, chunked\r\n\r\n",
     Code::kBadRequest},
    {"HTTP/01.1", "GET / HTTP/01.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n", Code::kBadRequest},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", Code::kHostInvalid},
    {"no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", Code::kHostInvalid},
    {"empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", Code::kHostInvalid},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Code::kHostInvalid},
    {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Code::kHostInvalid},
    {"Host with user info", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", Code::kHostInvalid},
    {"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Code::kHostInvalid},
    {"absolute form", "GET http://a:80/x HTTP/1.1\r\nHost: a\r\n\r\n", Code::kAllowed},
    {"absolute form of another host", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n",
     Code::kHostInvalid},
    {"absolute form with another port", "GET http://a:81/x HTTP/1.1\r\nHost: a:80\r\n\r\n",
     Code::kHostInvalid},
    {"absolute form with a port where Host has none",
     "GET http://a:8080/x HTTP/1.1\r\nHost: a\r\n\r\n", Code::kHostInvalid},
    {"absolute form without the port of Host", "GET http://a/x HTTP/1.1\r\nHost: a:8080\r\n\r\n",
     Code::kHostInvalid},
    {"absolute form with the port of another scheme",
     "GET https://a/x HTTP/1.1\r\nHost: a:80\r\n\r\n", Code::kHostInvalid},
    {"absolute form with its scheme's port", "GET https://a:443/x HTTP/1.1\r\nHost: a\r\n\r\n",
     Code::kAllowed},
    {"absolute form with the same port", "GET http://a:8080/x HTTP/1.1\r\nHost: a:8080\r\n\r\n",
     Code::kAllowed},
    {"absolute form of an IPv6 host with another port",
     "GET http://[::1]:81/x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", Code::kHostInvalid},
    {"absolute form with user info", "GET http://a@b/x HTTP/1.1\r\nHost: a\r\n\r\n",
     Code::kHostInvalid},
    {"CL and TE",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     Code::kBadRequest},
    {"TE and CL",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
     Code::kBadRequest},
    {"two CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
     Code::kBadRequest},
    {"two equal CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
     Code::kBadRequest},
    {"CL list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", Code::kBadRequest},
    {"CL with a sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
     Code::kBadRequest},
    {"CL in hex", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", Code::kBadRequest},
    {"empty CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", Code::kBadRequest},
    {"CL beyond 64 bits",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
     Code::kBadRequest},
    {"TE gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", Code::kBadRequest},
    {"TE chunked, gzip", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
     Code::kBadRequest},
    {"TE chunked twice",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
     Code::kBadRequest},
    {"TE with a vertical tab",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n",
     Code::kBadRequest},
    {"TE in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
     Code::kBadRequest},
    {"TE in capitals", "POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: Chunked\r\n\r\n",
     Code::kAllowed},
    {"0x7f in the target", "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", Code::kPathControlByte},
    {"not ended", "GET / HTTP/1.1\r\nHost: a\r\n", Code::kRequestTimeout},
};

TEST(RequestHead, ParsesOrRejectsEachRowInAnyPieces) {
  for (const Row& row : kRows) {
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, row.raw.size()}) {
      EXPECT_EQ(name(parse_raw(row.raw, step).code), name(row.code)) << row.name << " by " << step;
    }
  }
}

TEST(RequestHead, ReportsWhatIsTooLong) {
  const auto with = [](const std::string& target, const std::string& field) {
    return parse_raw("GET " + target + " HTTP/1.1\r\nHost: a\r\nX: " + field + "\r\n\r\n").code;
  };
  EXPECT_EQ(with("/" + std::string(20'000, 'a'), ""), Code::kPathTooLong);
  EXPECT_EQ(with("/a?" + std::string(20'000, 'a'), ""), Code::kQueryTooLong);
  EXPECT_EQ(with("/" + std::string(2'047, 'a') + "?" + std::string(8'192, 'b'), ""),
            Code::kAllowed);
  EXPECT_EQ(with("/", std::string(limits::kMaxHeaderBytes, 'a')), Code::kHeadersTooLarge);
  EXPECT_EQ(with("/", std::string(limits::kMaxHeaderBytes - 64, 'a')), Code::kAllowed);
}

TEST(RequestHead, NamesTheLargestField) {
  const auto largest = [](const std::string& fields) {
    const std::string said = too_large("GET / HTTP/1.1\r\nHost: a\r\n" + fields, HeadLimits{});
    const std::size_t at = said.find("its largest field is ");
    if (at == std::string::npos) return std::string();
    const std::string name = said.substr(at + 21);
    return name.substr(0, name.find(','));
  };
  const std::string large(limits::kMaxHeaderBytes, 'a');
  EXPECT_EQ(largest("Cookie: " + large), "Cookie") << "before its line has ended";
  EXPECT_EQ(largest("Cookie: " + large.substr(9000) + "\r\nX-A: " + large.substr(100)), "X-A");
  EXPECT_EQ(largest("Cookie: " + large.substr(9000) + "\r\nX-A: " + large.substr(10'000) +
                    "\r\nX-B: " + large.substr(9000)),
            "Cookie");
  EXPECT_EQ(largest("X <b>: " + large), "") << "an invalid name is not repeated";
  EXPECT_EQ(largest(large + ": b"), std::string(64, 'a')) << "cut";
}

TEST(RequestHead, ALongMethodIsUnknown) {
  const std::string rest = " / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parse_raw(std::string(20'000, 'G') + rest).code, Code::kMethodUnknown);
  EXPECT_EQ(parse_raw("G(" + std::string(20'000, 'G') + rest).code, Code::kBadRequest);
}

TEST(RequestHead, DetectsKeepAlive) {
  EXPECT_TRUE(parse_text("GET / HTTP/1.1\nHost: a").request.keep_alive);
  EXPECT_FALSE(parse_text("GET / HTTP/1.1\nHost: a\nConnection: x, Close").request.keep_alive);
  EXPECT_FALSE(parse_text("GET / HTTP/1.0\nHost: a").request.keep_alive);
  EXPECT_TRUE(parse_text("GET / HTTP/1.0\nHost: a\nConnection: Keep-Alive").request.keep_alive);
}

TEST(RequestHead, HonoursExpectOnlyInHttp11) {
  EXPECT_TRUE(parse_text("POST / HTTP/1.1\nHost: a\nExpect: 100-Continue").request.expect_continue);
  EXPECT_FALSE(
      parse_text("POST / HTTP/1.0\nHost: a\nExpect: 100-continue").request.expect_continue);
}

TEST(RequestHead, StripsTheAuthorityOfAnAbsoluteTarget) {
  EXPECT_EQ(parse_text("GET http://a/b?c HTTP/1.1\nHost: a").request.target, "/b?c");
  EXPECT_EQ(parse_text("GET http://a HTTP/1.1\nHost: a").request.target, "/");
}

TEST(RequestHead, ReturnsASingleFieldOnlyIfUnique) {
  const auto parsed =
      parse_text("GET / HTTP/1.1\nHost: a\nX-Plugin-Id: p\nX-PLUGIN-ID: q\nB:  c\t");
  EXPECT_FALSE(parsed.request.single("x-plugin-id").has_value());
  EXPECT_EQ(parsed.request.count("X-Plugin-Id"), 2U);
  EXPECT_EQ(parsed.request.single("b"), "c");
}

}  // namespace
}  // namespace portcullis::bff

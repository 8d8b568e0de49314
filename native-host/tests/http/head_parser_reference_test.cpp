// Compares the head parser with Boost.Beast's on generated and randomly damaged heads: whatever
// Beast rejects is rejected, accepted heads are equal, and additional rejections are those a
// gateway must make.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "beast_head.hpp"
#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"

namespace portcullis::bff {
namespace {

class Heads {
 public:
  explicit Heads(unsigned seed) : random_(seed) {}

  std::string next() {
    std::string head = pick({"GET", "POST", "HEAD", "M-SEARCH", "get", "P(", ""}) + " " +
                       pick({"/api/x", "/", "*", "/a%20b?c=d", "/\xc3\xa4", "http://h/x", ""}) +
                       " " + pick({"HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1"}) +
                       "\r\n";
    for (int lines = number(7); lines > 0; --lines) {
      head += pick({"Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect",
                    "Proxy-Connection", "Upgrade", "X-Plugin-Id", "Cookie", "te", ""}) +
              pick({":", ": ", ":\t ", " :", ""}) +
              pick({"localhost:8080", "close", "keep-alive, close", "keep-alive,, x", "a b", "7",
                    "7, 7", "0007", "-1", "chunked", "gzip, chunked", "100-continue", "", " ",
                    "a\tb\t", "\xe2\x82\xac", "h2c"}) +
              "\r\n";
    }
    head += "\r\n";
    for (int breaks = number(3); breaks > 0; --breaks) {
      const auto at = static_cast<std::size_t>(number(static_cast<int>(head.size())));
      const char byte = number(2) == 0 ? static_cast<char>(number(256))
                                       : pick({" ", "\t", ":", ",", "\r", "\n", "\x7f", "x"})[0];
      switch (number(3)) {
        case 0:
          head[at] = byte;
          break;
        case 1:
          head.insert(at, 1, byte);
          break;
        default:
          head.erase(at, 1);
          break;
      }
    }
    return head;
  }

 private:
  int number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(number(static_cast<int>(from.size())))];
  }
  std::mt19937 random_;
};

TEST(HeadParser, AgreesWithBeast) {
  Heads heads(20261126);
  int passed = 0;
  int refused_by_both = 0;
  int only_by_us = 0;
  for (int i = 0; i < 150'000; ++i) {
    const std::string bytes = heads.next();
    HeadScanner scanner;
    if (scanner.scan(bytes) != HeadScanner::Result::kComplete) continue;
    const std::string head = bytes.substr(scanner.begin(), scanner.end() - scanner.begin());
    Request request;
    const HeadProblem problem = parse_head(head, request, false);
    testing::BeastHead reference;
    const bool by_beast = reference.read(head);
    if (problem.code != Code::kAllowed) {
      by_beast ? ++only_by_us : ++refused_by_both;
      EXPECT_TRUE(!by_beast || testing::refused_only_here(problem)) << head << problem.detail;
      continue;
    }
    ++passed;
    ASSERT_TRUE(by_beast) << head;
    EXPECT_EQ(request.method, reference.method);
    EXPECT_EQ(request.version, reference.version) << head;
    EXPECT_TRUE(request.target == reference.target ||
                reference.target.ends_with(std::string(request.target)))
        << head;
    ASSERT_EQ(request.fields.size(), reference.fields.size()) << head;
    for (std::size_t at = 0; at < request.fields.size(); ++at) {
      EXPECT_EQ(request.fields[at].name, reference.fields[at].first) << head;
      EXPECT_EQ(request.fields[at].value, reference.fields[at].second) << head;
    }
    EXPECT_EQ(request.chunked, reference.chunked()) << head;
    const auto length = reference.content_length();
    EXPECT_EQ(request.content_length.has_value(), length.has_value()) << head;
    if (length && request.content_length) {
      EXPECT_EQ(*request.content_length, *length) << head;
    }
    // Beast honours Proxy-Connection, and in HTTP/1.0 keep-alive before close.
    if (request.version == 11 && request.count("proxy-connection") == 0) {
      EXPECT_EQ(request.keep_alive, reference.keep_alive()) << head;
    }
  }
  // The comparison must not be vacuous.
  EXPECT_GT(passed, 5'000);
  EXPECT_GT(refused_by_both, 5'000);
  EXPECT_GT(only_by_us, 1'000);
}

}  // namespace
}  // namespace portcullis::bff

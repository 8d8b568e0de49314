#include "http/head_limits.hpp"

#include <gtest/gtest.h>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

Request with(std::vector<HeaderField> fields, std::string_view target = "/x?y=1") {
  Request request;
  request.target = target;
  request.fields = std::move(fields);
  return request;
}

TEST(HeadLimits, AcceptUsualHeads) {
  EXPECT_EQ(over_limits(with({{"Host", "a"}, {"Cookie", "b=c"}}), {}).code, Code::kAllowed);
}

TEST(HeadLimits, NameTheFieldAndTheSetting) {
  const std::string cookie(600, 'c');
  HeadLimits most;
  most.cookie_bytes = 1000;
  EXPECT_EQ(over_limits(with({{"Cookie", cookie}}), most).code, Code::kAllowed);
  const HeadRefusal cookies = over_limits(with({{"Cookie", cookie}, {"cookie", cookie}}), most);
  EXPECT_EQ(cookies.code, Code::kHeadersTooLarge);
  EXPECT_NE(cookies.detail.find("Cookie has 1200 bytes; at most 1000"), std::string::npos);
  EXPECT_NE(cookies.detail.find("limits.cookie_bytes"), std::string::npos);

  most.header_fields = 16;
  const HeadRefusal many = over_limits(with(std::vector<HeaderField>(17, {"A", "b"})), most);
  EXPECT_EQ(many.code, Code::kHeadersTooLarge);
  EXPECT_NE(many.detail.find("17 fields; at most 16"), std::string::npos);
}

TEST(HeadLimits, LimitPathAndQuerySeparately) {
  HeadLimits most;
  most.path_bytes = 4;
  most.query_bytes = 2;
  EXPECT_EQ(over_limits(with({}, "/abc?12"), most).code, Code::kAllowed);
  EXPECT_EQ(over_limits(with({}, "/abcd?12"), most).code, Code::kPathTooLong);
  EXPECT_EQ(over_limits(with({}, "/abc?123"), most).code, Code::kQueryTooLong);
  EXPECT_EQ(over_limits(with({}, "/abc"), most).code, Code::kAllowed);
}

TEST(HeadLimits, NameTheLargestFieldOfALargeHead) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(5000, 'c') +
                           "\r\nX-Other: " + std::string(4000, 'o');
  const std::string said = too_large(head, {});
  EXPECT_NE(said.find("its largest field is Cookie, with 5008 bytes"), std::string::npos) << said;
  EXPECT_NE(said.find("limits.header_bytes"), std::string::npos) << said;
  // An invalid or incomplete name is not repeated.
  EXPECT_EQ(too_large("GET / HTTP/1.1\r\n\x1b[31m: " + std::string(50, 'a'), {}).find('\x1b'),
            std::string::npos);
  EXPECT_EQ(too_large("GET / HTTP/1.1\r\n" + std::string(50, 'a'), {}).find("largest"),
            std::string::npos);
}

TEST(HeadLimits, AreSettingsWithARange) {
  using testing::problems_with;
  const auto with_limits = [](const std::string& limits) {
    return problems_with("settings.yaml",
                         "experience_version: 1.4.0\nlimits: { " + limits + " }\n");
  };
  EXPECT_EQ(with_limits("header_bytes: 65536, header_fields: 100, cookie_bytes: 60000, path_bytes: "
                        "1000, query_bytes: 0, json_body_bytes: 2000, fixture_body_bytes: 1e8"),
            testing::Lines{});
  for (const char* wrong :
       {"header_bytes: 4095", "header_bytes: 262145", "header_fields: 15", "cookie_bytes: 511",
        "cookie_bytes: 40000", "path_bytes: 2049", "query_bytes: 8193", "json_body_bytes: 1048577",
        "fixture_body_bytes: 1073741825"}) {
    const auto problems = with_limits(wrong);
    ASSERT_EQ(problems.size(), 1u) << wrong;
    EXPECT_NE(problems[0].find("CONFIG_BAD_VALUE"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace portcullis::bff

#include "app/cli.hpp"

int main(int argc, char** argv) { return portcullis::bff::run_cli(argc, argv); }

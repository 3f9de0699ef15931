#!/bin/sh
# What a double click starts on a Mac.
cd "$(dirname "$0")" && exec sh ./start.sh

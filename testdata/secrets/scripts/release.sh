#!/bin/sh
curl -H "PRIVATE-TOKEN: @token(gitlab-deploy)@" https://git.example.org

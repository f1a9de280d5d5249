autocmd BufNewFile,BufRead *.stein,*.rules,*.law,*.function setfiletype stein

import 'zone.js/node';
import '@angular/compiler';
